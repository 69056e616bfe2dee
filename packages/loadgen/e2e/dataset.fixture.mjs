// A data set for the load threads of tests: prompts of known ids, all different; `count` of them, or without end; after
// `stallAfter` of them it is silent.
import { setInterval } from 'node:timers';

export const options = { parse: (value) => ({ ok: true, value }), jsonSchema: {} };
export const create = (
  _context,
  { count = Infinity, turns = 1, text = false, gapS, stallAfter = Infinity } = {},
) => ({
  prepare: async () => ({
    revision: null,
    hash: null,
    prompts: null,
    sharedPrefix: false,
    repeats: false,
    records: null,
  }),
  async *open({ workload }) {
    for (let number = 0; number < count; number += 1) {
      if (number === stallAfter) await new Promise(() => setInterval(() => undefined, 1_000));
      const ids = Array.from({ length: workload.input_tokens }, (_, place) => (number * 31 + place) % 1000);
      const turn = {
        content: text ? `prompt ${number}` : ids,
        inputTokens: text ? null : ids.length,
        outputTokens: workload.output_tokens,
      };
      const followUps = Array.from({ length: turns - 1 }, () => turn);
      yield { ...turn, followUps, ...(gapS === undefined ? {} : { atS: number * gapS }) };
    }
  },
});
