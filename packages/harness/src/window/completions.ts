/** What a window must see through: what holds it open, and what its verdict asks for. */
import { MIN_COMPLETIONS } from '@llem/core';

const MIN_COMPLETIONS_PER_SLOT = 5;
/** A window lasts so many end-to-end times at least: of conversations, a prompt without follow-ups being one of one turn. */
export const MIN_END_TO_END_TIMES = 5;

/**
 * Conversations that must be completed inside: turns alone do not make a window whole, since late ones, with their long
 * prompts, are as much of the load as early ones. `slots` is null in an open loop.
 */
export function neededCompletions(slots: number | null): number {
  return Math.max(MIN_COMPLETIONS, MIN_COMPLETIONS_PER_SLOT * (slots ?? 0));
}
