/** A data set for tests: random ids, all different, of the length that the workload says. */
import { createHash } from 'node:crypto';

export const options = {
  parse: (input) => ({ ok: true, value: input }),
  jsonSchema: {},
};

/**
 * `repeats: true` says that prompts come again, which is not true of these. `fails` refuses to prepare; `text` gives text;
 * `turns` of each conversation. `prompts` makes it a set of so many, the same for every seed, which begins elsewhere for each.
 */
export const create = (
  _context,
  { repeats = false, fails = false, text = false, turns = 1, prompts = null },
) => ({
  prepare: async () => {
    if (fails) throw new Error('The data set is not to be had.');
    return { revision: 'r7', hash: null, prompts, sharedPrefix: false, repeats, records: null };
  },
  *open({ seed, workload }) {
    const later = (content) =>
      Array.from({ length: turns - 1 }, (_, turn) => ({
        content: [...content, turn],
        inputTokens: content.length + 1,
        outputTokens: workload.output_tokens,
      }));
    for (let index = 0; prompts === null || index < prompts; index += 1) {
      const name = prompts === null ? `${seed} ${index}` : `${(seed + index) % prompts}`;
      const bytes = createHash('sha256').update(name).digest();
      const content = Array.from({ length: workload.input_tokens }, (_, at) => bytes[at % 32] + at);
      const { length } = content;
      yield text
        ? {
            content: `${index} ${bytes.toString('hex')}`,
            inputTokens: null,
            outputTokens: workload.output_tokens,
          }
        : { content, inputTokens: length, outputTokens: workload.output_tokens, followUps: later(content) };
    }
  },
});
