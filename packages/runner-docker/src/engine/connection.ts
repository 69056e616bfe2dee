/** The engine of a runner: found, opened and asked what it is once, when it is first needed. */
import { engineAddress, type Environment } from './address.js';
import { openEngine, type Engine } from './client.js';
import { readFacts, type DockerFacts } from './facts.js';
import { untilAborted } from './until-aborted.js';

export interface Connection {
  /** Contacts nobody. Throws LLEM_E_START. */
  engine(): Promise<Engine>;
  /** What it said when it was first asked; asked again after a failure. Throws LLEM_E_START, or the signal's reason. */
  facts(signal: AbortSignal): Promise<DockerFacts>;
}

export function createConnection(env: Environment): Connection {
  const engine = remembered(async () => openEngine(engineAddress(env)));
  // Of all who ask, so that none of them ends it for the others: it has a limit of its own.
  const facts = remembered(async () => readFacts(await engine(), new AbortController().signal));
  return { engine, facts: (signal) => untilAborted(facts(), signal) };
}

/** Kept once it is there; a failure is not. */
export function remembered<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}
