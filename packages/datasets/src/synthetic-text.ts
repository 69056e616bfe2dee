/** Synthetic prompts as text of an exact number of tokens. */
import type { DatasetRequest, FollowUp, Prompt } from '@llem/core';
import { drawDifferent } from './different.js';
import { lengthDraws } from './lengths.js';
import { mixedSeed, STREAM } from './random.js';
import { textMaker } from './text.js';
import type { TextTokenizer } from './tokenizer.js';

/**
 * Ends when no text of the next length can be made that was not given already.
 *
 * A completion is as long as asked with the tokens that its tokenizer adds, since engines add them too. Of a chat the text is as
 * long as asked; its template adds what only the engine knows.
 */
export function* textPrompts(
  { seed, workload }: DatasetRequest,
  tokenizer: TextTokenizer,
): Generator<Prompt, void, undefined> {
  const special = workload.api === 'completions';
  const { shared_prefix_tokens: prefixTokens } = workload;
  const prefix =
    prefixTokens === 0
      ? ''
      : textMaker(tokenizer, mixedSeed(seed, STREAM.prefix)).make(prefixTokens, special);
  if (prefix === null) return;
  const maker = textMaker(tokenizer, mixedSeed(seed, STREAM.tokens));
  const inputs = lengthDraws(workload.input_tokens, mixedSeed(seed, STREAM.inputs));
  const outputs = lengthDraws(workload.output_tokens, mixedSeed(seed, STREAM.outputs));
  const next = drawDifferent<string>({
    draw: (length) => maker.make(length, special, prefix),
    key: (text) => text,
    bits: (length) => maker.bits(length - prefixTokens),
  });
  for (;;) {
    const length = inputs();
    const content = next(length);
    if (content === null) return;
    const first = { content, inputTokens: special ? length : null, outputTokens: outputs() };
    if (workload.turns === 1) {
      yield first;
      continue;
    }
    const followUps: FollowUp[] = [];
    for (let turn = 1; turn < workload.turns; turn += 1) {
      const said = maker.make(inputs(), special);
      if (said === null) return;
      followUps.push({ content: said, inputTokens: null, outputTokens: outputs() });
    }
    yield { ...first, followUps };
  }
}
