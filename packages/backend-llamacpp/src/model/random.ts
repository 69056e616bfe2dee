/** A seeded generator of 32-bit words: the same seed gives the same weights on any machine. */

/**
 * xorshift128 (Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8(14), 2003), seeded by splitmix32.
 * Integer operations alone, so that no rounding of any platform shows.
 */
export function fillRandomWords(target: Uint32Array, seed: number): void {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let a = next();
  let b = next();
  let c = next();
  let d = next() | 1;
  for (let i = 0; i < target.length; i++) {
    let t = a ^ (a << 11);
    t ^= t >>> 8;
    a = b;
    b = c;
    c = d;
    d = d ^ (d >>> 19) ^ t;
    target[i] = d;
  }
}
