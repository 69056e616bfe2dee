/** The stream of a container's log, taken apart: a frame a message. Pure. */

/** A message of a container: a line, or a part of a long one. */
export interface Frame {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Buffer;
}

/** One byte that names the stream, three that are 0, and the length, big-endian (Docker Engine API, "Attach to a container"). */
const HEADER_BYTES = 8;
const STDERR = 2;

export interface Frames {
  /** Those that are whole with this chunk. */
  next(chunk: Buffer): Frame[];
}

/** Of a container without a terminal: the output of one that has a terminal is not in frames. */
export function createFrames(): Frames {
  let pending: Buffer[] = [];
  let length = 0;
  let wanted = HEADER_BYTES;
  return {
    next(chunk) {
      pending.push(chunk);
      length += chunk.length;
      // Joined once enough is there, so that a long message is not copied for each of its chunks.
      if (length < wanted) return [];
      const bytes = Buffer.concat(pending);
      const frames: Frame[] = [];
      let at = 0;
      for (;;) {
        wanted = HEADER_BYTES;
        if (bytes.length - at < wanted) break;
        wanted += bytes.readUInt32BE(at + 4);
        if (bytes.length - at < wanted) break;
        const stream = bytes[at] === STDERR ? 'stderr' : 'stdout';
        frames.push({ stream, bytes: bytes.subarray(at + HEADER_BYTES, at + wanted) });
        at += wanted;
      }
      pending = [bytes.subarray(at)];
      length = bytes.length - at;
      return frames;
    },
  };
}
