/** How many requests a window must see through: what holds it open, and what its verdict asks for. */

const MIN_COMPLETIONS = 30;
const MIN_COMPLETIONS_PER_SLOT = 5;

/** In a closed loop five completions a slot also make the window five times the mean end-to-end time. */
export function neededCompletions(slots: number): number {
  return Math.max(MIN_COMPLETIONS, MIN_COMPLETIONS_PER_SLOT * slots);
}
