/** Promises in rules: they end in time, or they are refused. */
import { demand } from './rule.js';

/** What a promise gives; rejects where it takes longer than `limitMs`. `what` is the sentence's subject: "stop()". */
export async function inTime<T>(what: string, limitMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} takes longer than ${limitMs / 1_000} s.`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
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
