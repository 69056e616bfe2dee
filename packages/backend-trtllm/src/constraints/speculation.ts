/** What `speculative_config` needs, by how tokens are guessed. */
import { violation, type Rule } from './rule.js';

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

export const drafterIsWhole: Rule = ({ options: { speculative_config: speculation } }) => {
  if (!speculation) return [];
  const { decoding_type: type, max_draft_len: length = 0 } = speculation;
  const model = speculation.speculative_model ?? speculation.speculative_model_dir;
  const found = [];
  if (WITH_LENGTH.has(type) && length === 0)
    found.push(
      violation(
        'speculative_config.max_draft_len',
        `${type} needs it, 1 or more: tokens guessed in each step`,
      ),
    );
  if (WITH_MODEL.has(type) && model === undefined)
    found.push(
      violation('speculative_config.speculative_model', `${type} guesses with a model of its own: name it`),
    );
  return found;
};

export const drafterHasBackend: Rule = ({ options: { speculative_config: speculation, backend } }) => {
  if (!speculation || backend === 'tensorrt' || !OF_TENSORRT.has(speculation.decoding_type)) return [];
  return [
    violation(
      'speculative_config.decoding_type',
      `${speculation.decoding_type} is of trtllm.backend tensorrt alone: use NGram, Eagle3, MTP or Draft_Target`,
    ),
  ];
};
