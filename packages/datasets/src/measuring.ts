/** How long the turns of many records are: measured here at first, and in threads of their own once there are many. */
import { availableParallelism } from 'node:os';
import type { Workload } from '@llem/core';
import { lengthsOf, textsOf, turnsFor, type Recorded, type Turn, type TurnLengths } from './recorded.js';
import { startTokenCounters, type TokenCounters } from './token-counters.js';
import { countTokens, loadTokenizer, type MeasuredText } from './tokenizer.js';

/** Characters that go to a thread at once: some tens of milliseconds of its time. */
const BATCH_CHARACTERS = 256 * 1024;
/** Below this, threads would take longer to start than the texts to measure: about a second. */
const ALONE_CHARACTERS = 4 * 1024 * 1024;
/** More would hold more copies of a tokenizer than the time is worth: 100 MB each at 65,000 tokens. */
const MOST_THREADS = 4;
/** Batches on their way for each thread, so that none of them waits for the reading. */
const BATCHES_A_THREAD = 2;

interface Measured {
  readonly turns: readonly Turn[];
  readonly lengths: readonly TurnLengths[];
}

/** In the order of the records. `tokenizer` is its path; null leaves the lengths of texts unknown. Throws LLEM_E_PREPARE. */
export async function* measured(
  records: AsyncIterable<Recorded>,
  workload: Workload,
  tokenizer: string | null,
): AsyncGenerator<Measured, void, undefined> {
  if (tokenizer === null) {
    for await (const record of records) {
      const turns = turnsFor(record, workload);
      yield { turns, lengths: lengthsOf(turns, workload, null) };
    }
    return;
  }
  const alone = await loadTokenizer(tokenizer);
  const threads = Math.min(MOST_THREADS, availableParallelism() - 1);
  let counters: TokenCounters | null = null;
  let characters = 0;
  const underWay: Promise<Measured[]>[] = [];
  try {
    for await (const batch of batches(records, workload)) {
      characters += batch.characters;
      if (threads > 0 && characters > ALONE_CHARACTERS) counters ??= startTokenCounters(tokenizer, threads);
      const counted = countBatch(batch, workload, counters?.count ?? ((texts) => countTokens(alone, texts)));
      // It is awaited in its turn; until then a failure must not count as unhandled.
      counted.catch(() => undefined);
      underWay.push(counted);
      while (underWay.length > (counters ? BATCHES_A_THREAD * threads : 0))
        yield* (await underWay.shift()) ?? [];
    }
    for (const batch of underWay) yield* await batch;
  } finally {
    await counters?.close();
  }
}

interface Batch {
  readonly turns: (readonly Turn[])[];
  readonly characters: number;
}

async function* batches(
  records: AsyncIterable<Recorded>,
  workload: Workload,
): AsyncGenerator<Batch, void, undefined> {
  let turns: (readonly Turn[])[] = [];
  let characters = 0;
  for await (const record of records) {
    const wanted = turnsFor(record, workload);
    turns.push(wanted);
    for (const { text } of textsOf(wanted, workload)) characters += text.length;
    if (characters < BATCH_CHARACTERS) continue;
    yield { turns, characters };
    [turns, characters] = [[], 0];
  }
  yield { turns, characters };
}

async function countBatch(
  { turns }: Batch,
  workload: Workload,
  count: (texts: readonly MeasuredText[]) => number[] | Promise<number[]>,
): Promise<Measured[]> {
  const texts = turns.map((one) => textsOf(one, workload));
  const counts = await count(texts.flat());
  let at = 0;
  return turns.map((one, index) => {
    const from = at;
    at += texts[index]?.length ?? 0;
    return { turns: one, lengths: lengthsOf(one, workload, counts.slice(from, at)) };
  });
}
