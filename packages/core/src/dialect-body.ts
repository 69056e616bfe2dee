/** The request body of a dialect, compiled once so that a request costs one join. */
import type { ChatMessage, PromptContent } from './dataset.js';
import { llemError } from './errors.js';
import type { JsonObject } from './json.js';

export interface BodyValues {
  readonly content: PromptContent;
  readonly outputTokens: number;
  readonly seed: number;
}

const PLACEHOLDER = /"\{(prompt|messages|output_tokens|seed)\}"/;

/**
 * Compiles a body template; see `Dialect.body` for its placeholders. Rendering throws LLEM_E_LOAD for content that the
 * interface does not take: messages in a completion, token ids in a chat.
 */
export function compileBody(template: JsonObject): (values: BodyValues) => string {
  const parts = JSON.stringify(template).split(PLACEHOLDER);
  return (values) =>
    parts.map((part, index) => (index % 2 === 0 ? part : JSON.stringify(valueOf(part, values)))).join('');
}

/** True for the template of a chat. */
export function takesMessages(template: JsonObject): boolean {
  return JSON.stringify(template).includes('"{messages}"');
}

function valueOf(name: string, { content, outputTokens, seed }: BodyValues): unknown {
  switch (name) {
    case 'prompt':
      if (isMessages(content)) throw unsuitable('messages', 'completion', 'Set workload.api to chat.');
      return content;
    case 'messages':
      if (typeof content === 'string') return [{ role: 'user', content }];
      if (isMessages(content)) return content;
      throw unsuitable(
        'token ids',
        'chat',
        'Set workload.api to completions, or use a data set of text or messages.',
      );
    case 'output_tokens':
      return outputTokens;
    default:
      return seed;
  }
}

/** True for messages; an empty list counts as token ids. */
export function isMessages(content: PromptContent): content is readonly ChatMessage[] {
  return typeof content !== 'string' && typeof content[0] === 'object';
}

function unsuitable(what: string, api: string, remedy: string): Error {
  return llemError('LLEM_E_LOAD', `The data set gives ${what}, which a ${api} does not take.`, {
    remedy,
    failureClass: 'unsuitable-prompt',
  });
}
