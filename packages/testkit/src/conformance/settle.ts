/** Promises in rules: they end in time, or they are refused. */
import { demand } from './rule.js';

/** What became of something that was waited for. */
export type End<T> =
  | { readonly how: 'value'; readonly value: T; readonly told: string }
  | { readonly how: 'error'; readonly error: unknown; readonly told: string }
  | { readonly how: 'late'; readonly told: string };

/** Calls and waits, at most so long, in ms. `told` finishes "it ...". Never rejects. */
export async function settled<T>(call: () => Promise<T>, limitMs: number): Promise<End<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<End<T>>((resolve) => {
    timer = setTimeout(
      () => resolve({ how: 'late', told: `does not end within ${limitMs / 1_000} s` }),
      limitMs,
    );
  });
  const ended = async (): Promise<End<T>> => {
    try {
      return { how: 'value', value: await call(), told: 'gives a value' };
    } catch (error) {
      return { how: 'error', error, told: `throws ${String(error)}` };
    }
  };
  const end = await Promise.race([ended(), late]);
  clearTimeout(timer);
  return end;
}

/** What a promise gives; rejects where it takes longer than `limitMs`. `what` is the sentence's subject: "stop()". */
export async function inTime<T>(what: string, limitMs: number, promise: Promise<T>): Promise<T> {
  const end = await settled(() => promise, limitMs);
  if (end.how === 'late') throw new Error(`${what} takes longer than ${limitMs / 1_000} s.`);
  return end.how === 'value' ? end.value : promise;
}

/** What a promise rejects with; throws where it does not. `what` is the sentence's subject. */
export async function rejection(what: string, promise: Promise<unknown>): Promise<unknown> {
  const settled = await promise.then(
    () => null,
    (reason: unknown) => ({ reason }),
  );
  demand(settled !== null, `${what} was to be refused, and was not.`);
  return settled.reason;
}

/** In words of a sentence's part. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
