/** The text of /proc/stat: which processors it tells of, and how long each was busy, in ticks. */

/** Fields that count: user, nice, system, irq, softirq. Guests are in user and nice already. */
const BUSY_FIELDS = [true, true, true, false, false, true, true];
/** Kernels before 2.6 have four fields; fewer is no line of a processor. */
const LEAST_FIELDS = 4;
const [LINE_END, SPACE, ZERO, NINE, C, P, U] = [0x0a, 0x20, 0x30, 0x39, 0x63, 0x70, 0x75] as const;

/** The numbers of the processors that have a line, which are those that are online. */
export function processorsIn(text: string): number[] {
  return [...text.matchAll(/^cpu(\d+) /gm)].map(([, number]) => Number(number));
}

/**
 * Puts the busy time of each processor into `ticks`, by its number: user, nice, system, irq, softirq. Not idle and iowait, in which the
 * processor waits; not steal, in which the host let others run on it, so that the energy is theirs. Allocates nothing.
 *
 * A processor without a line keeps its ticks, and so does one whose ticks went back: the kernel's sums may, when it corrects them.
 * False when a line is cut off, says something else, or is of a processor whose ticks are not a number: that is not to be there.
 */
export function readTicks(bytes: Uint8Array, length: number, ticks: Float64Array): boolean {
  let found = false;
  let index = 0;
  while (index + 3 < length && bytes[index] === C && bytes[index + 1] === P && bytes[index + 2] === U) {
    index += 3;
    let processor = -1;
    for (; index < length && isDigit(bytes[index]); index += 1) {
      processor = Math.max(0, processor) * 10 + (bytes[index] ?? 0) - ZERO;
    }
    let busy = 0;
    let field = 0;
    for (; index < length && bytes[index] !== LINE_END; field += 1) {
      while (index < length && bytes[index] === SPACE) index += 1;
      const start = index;
      let value = 0;
      for (; index < length && isDigit(bytes[index]); index += 1) {
        value = value * 10 + (bytes[index] ?? 0) - ZERO;
      }
      if (index === start) return false;
      if (BUSY_FIELDS[field] === true) busy += value;
    }
    if (index === length || field < LEAST_FIELDS) return false;
    index += 1;
    // The first line is the sum of all.
    if (processor === -1) continue;
    const before = ticks[processor] ?? Number.NaN;
    if (Number.isNaN(before)) return false;
    ticks[processor] = Math.max(before, busy);
    found = true;
  }
  return found;
}

const isDigit = (byte: number | undefined) => byte !== undefined && byte >= ZERO && byte <= NINE;
