/** What `speculative_config` needs, by how tokens are guessed. */
import type { TrtllmOptions } from './options.js';

/** Guess with a model of their own. */
const WITH_MODEL: ReadonlySet<string> = new Set(['Draft_Target', 'Eagle', 'Eagle3', 'PARD', 'DFlash']);
/** Guess as many tokens as they are told, and are not told by anything else. */
const WITH_LENGTH: ReadonlySet<string> = new Set([
  'Draft_Target',
  'Eagle',
  'Eagle3',
  'NGram',
  'PARD',
  'DFlash',
]);
/** Ended with the backend `tensorrt`. */
const OF_TENSORRT: ReadonlySet<string> = new Set(['Lookahead', 'Medusa']);

export function speculationViolations(
  options: TrtllmOptions,
  add: (option: string, message: string) => void,
): void {
  const { speculative_config: speculation, backend = 'pytorch' } = options;
  if (!speculation) return;
  const { decoding_type: type } = speculation;
  if (WITH_LENGTH.has(type) && !(speculation.max_draft_len !== undefined && speculation.max_draft_len > 0))
    add('speculative_config.max_draft_len', `${type} needs it, 1 or more: tokens guessed in each step`);
  if (
    WITH_MODEL.has(type) &&
    speculation.speculative_model === undefined &&
    speculation.speculative_model_dir === undefined
  )
    add('speculative_config.speculative_model', `${type} guesses with a model of its own: name it`);
  if (OF_TENSORRT.has(type) && backend !== 'tensorrt')
    add(
      'speculative_config.decoding_type',
      `${type} is of trtllm.backend tensorrt alone: use NGram, Eagle3, MTP or Draft_Target`,
    );
}
