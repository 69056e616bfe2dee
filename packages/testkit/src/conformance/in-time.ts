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
