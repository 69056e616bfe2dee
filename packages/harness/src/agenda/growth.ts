/** The next step of a study that may grow by whole cycles. */
import type { Growth } from '../request.js';
import type { Agenda, Step } from './agenda.js';

/** Null when nothing is left to do and no cycle is added. A study that leaves runs undone gets none. */
export async function nextStep(
  agenda: Agenda,
  growth: Growth | undefined,
  signal: AbortSignal,
): Promise<Step | null> {
  const step = agenda.next();
  if (step !== null || growth === undefined) return step;
  if (agenda.upcoming().length > 0 || agenda.stopped()) return null;
  agenda.add(await growth.nextCycle());
  // Looking at a large study takes a while.
  return signal.aborted ? null : agenda.next();
}
