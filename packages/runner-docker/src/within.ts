/** Waits that end well, whatever becomes of what is waited for. */

/** True when it was kept, false when it failed. Never rejects. */
export const settled = (promise: Promise<unknown>): Promise<boolean> =>
  promise.then(
    () => true,
    () => false,
  );

/** The same, and false when it was not kept in time. */
export async function within(promise: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, limitMs, false);
  });
  try {
    return await Promise.race([settled(promise), over]);
  } finally {
    clearTimeout(timer);
  }
}
