/** What is read of the installed plugins by a command that will import modules of them: it stays until that command ends. */
import type { Held } from './held.js';
import { currentNumber, generationsFolder } from './current.js';

/** Reads what is in effect, and holds it if `needsFiles` of it says so. */
export async function readAndHold<T>(
  dataDir: string,
  read: () => Promise<T>,
  needsFiles: (result: T) => boolean,
): Promise<T> {
  for (;;) {
    const number = await currentNumber(dataDir);
    const result = await read();
    if (number === 0 || !needsFiles(result)) return result;
    const held = await hold(generationsFolder(dataDir), number);
    // It may have been removed before it was held, but not while it was in effect.
    if ((await currentNumber(dataDir)) === number) return result;
    held?.release();
  }
}

/** Null where the folder cannot be written: then it is not this user who changes what is in it. */
async function hold(folder: string, number: number): Promise<Held | null> {
  const { holdGeneration } = await import('./held.js');
  try {
    return await holdGeneration(folder, number);
  } catch {
    return null;
  }
}
