/**
 * Which file descriptors a load thread has opened outside of Node.js. A thread that is ended from outside cannot close
 * them, and the engine at the other end would go on answering; whoever ended it closes what is noted here.
 */

/** More than the usual hard limit of open files of a process on Linux (1,048,576) is not noted. */
const MOST_FILES = 1_048_576;

export interface OpenFiles {
  note(file: number): void;
  /** Before it is closed: a descriptor may be given out again at once. */
  forget(file: number): void;
}

/** A bit for every descriptor of the process. */
export const createOpenFilesBuffer = (): SharedArrayBuffer => new SharedArrayBuffer(MOST_FILES / 8);

export function openFilesOf(buffer: SharedArrayBuffer): OpenFiles {
  const bits = new Uint32Array(buffer);
  const hasRoomFor = (file: number) => file >= 0 && file < MOST_FILES;
  const mask = (file: number) => (1 << (file & 31)) >>> 0;
  return {
    note(file) {
      if (hasRoomFor(file)) Atomics.or(bits, file >>> 5, mask(file));
    },
    forget(file) {
      if (hasRoomFor(file)) Atomics.and(bits, file >>> 5, ~mask(file));
    },
  };
}

/** What is noted, ascending. */
export function notedFiles(buffer: SharedArrayBuffer): number[] {
  const files: number[] = [];
  for (const [word, bits] of new Uint32Array(buffer).entries()) {
    if (bits === 0) continue;
    for (let bit = 0; bit < 32; bit += 1) if ((bits >>> bit) & 1) files.push(word * 32 + bit);
  }
  return files;
}
