/** Imports the code of a plugin that somebody has added, so that whatever it does meanwhile stays its own. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';

/** Most time that an import may take, in milliseconds: it takes tens of them, seconds from a slow network folder. */
export const IMPORT_LIMIT_MS = 10_000;

/** Set in all that an import of such code calls. */
const importing = new AsyncLocalStorage<true>();

/** One at a time, so that what happens is the doing of one. */
let before: Promise<unknown> = Promise.resolve();

/**
 * Imports a module. What it prints on standard output goes to standard error, where it harms no answer. Throws where it fails,
 * ends the process, rejects a promise that nobody handles, or is not done within the limit.
 */
export function importGuarded(url: string, limitMs = IMPORT_LIMIT_MS): Promise<unknown> {
  const turn = before.then(() => importAlone(url, limitMs));
  before = turn.catch(() => undefined);
  return turn;
}

async function importAlone(url: string, limitMs: number): Promise<unknown> {
  const release = guardProcess();
  let onRejection: (reason: unknown) => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const failure = new Promise<never>((_, reject) => {
    onRejection = reject;
    timer = setTimeout(() => reject(new Error(`it is not done after ${limitMs / 1000} s`)), limitMs);
  });
  process.on('unhandledRejection', onRejection);
  try {
    const imported = importing.run(true, (): Promise<unknown> => import(url));
    const module = await Promise.race([imported, failure]);
    // Node tells of a promise that nobody handles only at the end of a turn of its event loop.
    await Promise.race([setImmediate(), failure]);
    return module;
  } finally {
    clearTimeout(timer);
    process.off('unhandledRejection', onRejection);
    release();
  }
}

/** Until it is released an import neither ends the process nor writes into its answer. */
function guardProcess(): () => void {
  const releaseExit = intercept(process, 'exit', () => {
    throw new Error('it ends the process');
  });
  const releaseOutput = intercept(process.stdout, 'write', (given): unknown =>
    Reflect.apply(Reflect.get(process.stderr, 'write'), process.stderr, given),
  );
  return () => {
    releaseExit();
    releaseOutput();
    // It slows every promise down, and a study is about to be measured.
    importing.disable();
  };
}

/** Has `instead` done where an import calls a method, until it is released. */
function intercept(owner: object, name: string, instead: (given: unknown[]) => unknown): () => void {
  const method: unknown = Reflect.get(owner, name);
  if (typeof method !== 'function') throw new Error(`${name} is no method`);
  const intercepted = new Proxy(method, {
    apply(target, self, given: unknown[]): unknown {
      return importing.getStore() === true ? instead(given) : Reflect.apply(target, self, given);
    },
  });
  Reflect.set(owner, name, intercepted);
  return () => void Reflect.set(owner, name, method);
}
