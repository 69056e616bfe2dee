/** Which failures are worth another attempt at the same run. */

/**
 * Classes of failures of a service that did not get to start, or that lost its Docker, whose cause may be gone a moment later. Not
 * among them: what the settings, the model or the memory would bring about again, deadlines, and whatever the load brings about.
 */
export const TRANSIENT_FAILURES = [
  /** Another program took the port between its choice and the engine's start. */
  'port-in-use',
  /** The process could not be started, for none of the reasons that are known to last. */
  'start-failed',
  /** The engine ended before it answered, and its backend cannot tell why. */
  'start-exit',
  /** No room for one more process or open file. */
  'out-of-resources',
  /** The process that watches over the engine ended early. */
  'supervisor-failed',
  /** A server that llem does not start was not to be reached. */
  'server-unreachable',
  /** Docker was away, or went away, as while it is updated; the next attempt waits for it. */
  'docker-unreachable',
  'docker-gone',
] as const;

/**
 * The number of the retry, from 1, that follows these failed attempts at a run, by their class, the last one just now. Null
 * where none does: that one is of no named class, or as many have been as are allowed.
 */
export function retryAfter(
  failures: readonly (string | null)[],
  retries: { readonly max: number; readonly classes: readonly string[] },
): number | null {
  const named = failures.filter((failure) => failure !== null && retries.classes.includes(failure));
  const last = failures.at(-1) ?? null;
  return last !== null && named.at(-1) === last && named.length <= retries.max ? named.length : null;
}
