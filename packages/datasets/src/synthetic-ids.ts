/** Synthetic prompts as token ids. */
import type { DatasetRequest, FollowUp, ModelFacts, Prompt } from '@llem/core';
import { drawDifferent } from './different.js';
import { lengthDraws } from './lengths.js';
import { fastIntegers, mixedSeed, STREAM } from './random.js';

type Vocabulary = NonNullable<ModelFacts['promptTokenIds']>;

/** Bits of choice in so many tokens. */
export const idBits = (ids: Vocabulary | null, tokens: number): number =>
  ids === null ? 0 : tokens * Math.log2(ids.last - ids.first + 1);

/** Ends when no prompt of the next length is left that was not given already. */
export function* idPrompts(
  { seed, workload }: DatasetRequest,
  ids: Vocabulary,
): Generator<Prompt, void, undefined> {
  const idsFrom = (stream: number) => {
    const draw = fastIntegers(mixedSeed(seed, stream), ids.last - ids.first + 1);
    return (count: number): number[] => {
      const drawn = new Array<number>(count);
      for (let index = 0; index < count; index += 1) drawn[index] = ids.first + draw();
      return drawn;
    };
  };
  const prefix = idsFrom(STREAM.prefix)(workload.shared_prefix_tokens);
  const some = idsFrom(STREAM.tokens);
  const answers = idsFrom(STREAM.answers);
  const inputs = lengthDraws(workload.input_tokens, mixedSeed(seed, STREAM.inputs));
  const outputs = lengthDraws(workload.output_tokens, mixedSeed(seed, STREAM.outputs));
  const next = drawDifferent<number[]>({
    draw: (length) => [...prefix, ...some(length - prefix.length)],
    key: (content) => content.join(),
    bits: (length) => {
      const bits = idBits(ids, length - prefix.length);
      return { least: bits, most: bits };
    },
  });
  for (;;) {
    const content = next(inputs());
    if (content === null) return;
    const first = { content, inputTokens: content.length, outputTokens: outputs() };
    if (workload.turns === 1) {
      yield first;
      continue;
    }
    const followUps: FollowUp[] = [];
    let before: { readonly content: readonly number[]; readonly outputTokens: number } = first;
    for (let turn = 1; turn < workload.turns; turn += 1) {
      // Nobody knows beforehand what is answered: other ids stand in the place of the answer.
      const whole: number[] = [...before.content, ...answers(before.outputTokens), ...some(inputs())];
      const later = { content: whole, inputTokens: whole.length, outputTokens: outputs() };
      followUps.push(later);
      before = later;
    }
    yield { ...first, followUps };
  }
}
