/** Random numbers for simulations of known truth. */

/** Standard normal numbers from a seed: a Lehmer generator and the Box-Muller transform. */
export function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
