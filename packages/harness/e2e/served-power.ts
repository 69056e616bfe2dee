/** Power of a GPU that serves a queue of requests: a step whenever what is in flight changes. */

export interface PowerPart {
  readonly from_s: number;
  readonly power_w: number;
}

/** Numbers from 0 to 1 from a seed: mulberry32. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

const IDLE_W = 90;
const SLOTS = 16;

/**
 * Requests arrive at random, two a second, and not at all for a second or so now and then. One after the other they are prefilled
 * (30 to 110 ms at about 650 W), then all decode together (250 W, and 16 W for each) for 0.3 to 2 s each; with nothing to do it is idle.
 */
export function servedPower(draw: () => number, fromS: number, untilS: number): PowerPart[] {
  const parts: PowerPart[] = [{ from_s: 0, power_w: IDLE_W }];
  const queue: number[] = [];
  let ends: number[] = [];
  let arrivalS = fromS;
  const arrive = () => {
    arrivalS += draw() < 0.04 ? 0.8 + 2 * draw() : -0.5 * Math.log(1 - draw());
  };
  arrive();
  for (let now = fromS; now < untilS;) {
    while (arrivalS <= now) {
      queue.push(arrivalS);
      arrive();
    }
    ends = ends.filter((end) => end > now);
    if (queue.length > 0 && ends.length < SLOTS) {
      queue.shift();
      parts.push({ from_s: now, power_w: 620 + 60 * draw() });
      now += 0.03 + 0.08 * draw();
      ends.push(now + 0.3 + 1.7 * draw());
      continue;
    }
    parts.push({ from_s: now, power_w: ends.length > 0 ? 250 + 16 * ends.length : IDLE_W });
    now = Math.min(arrivalS, ...ends);
  }
  return parts;
}
