// Prompts of the load generator's bench: the nth is n tokens long where `numbered`, so that the ledger of the server knows it.
const NEVER_S = 1e6;

export const options = { parse: (value) => ({ ok: true, value }), jsonSchema: {} };
export const create = (_context, { count, numbered, gapS }) => ({
  prepare: async () => ({
    revision: null,
    hash: null,
    prompts: null,
    sharedPrefix: false,
    repeats: true,
    records: null,
  }),
  *open({ workload }) {
    for (let number = 0; ; number += 1) {
      const { content, inputTokens } = promptOf(number, numbered);
      // A load looks ahead, and a data set that ends would end it.
      const atS = number < (count ?? Infinity) ? number * gapS : NEVER_S + number;
      yield { content, inputTokens, outputTokens: workload.output_tokens, atS };
    }
  },
});

/** The simulated engine counts one token for each four bytes of text. */
export function promptOf(number, numbered) {
  const inputTokens = numbered ? number + 1 : 16;
  return { content: 'word'.repeat(inputTokens), inputTokens };
}
