/**
 * Functions of a plugin that do not come back: a loop, or a regular expression that goes back without end, would stop the suite where a rule
 * is to fail. They are stopped in the thread of the tests, whatever they are closed over. A call into the system cannot be stopped, and what an
 * asynchronous function does after its first `await` is not seen.
 */
import { createContext, Script } from 'node:vm';
import type { PluginModule } from '@llem/core';
import { RETURN_LIMIT_MS } from './return-limit.js';

// The limit of a script counts for all that it calls, in other contexts too.
const CALL = new Script('call()');
const scope: { call?: () => void } = {};
createContext(scope);

type End<T> = { readonly value: T } | { readonly error: unknown };

/** What a call gives, or throws. Throws where it does not come back; `what` is the subject of the sentence that tells it. */
export function returned<T>(what: string, call: () => T): T {
  const end = endOf(call);
  if (end === null) throw unending(what);
  return valueOf(end);
}

const unending = (what: string) =>
  new Error(
    `${what} does not come back: it was stopped after ${RETURN_LIMIT_MS / 1_000} s. Look for a loop, or a regular expression, without an end.`,
  );

function valueOf<T>(end: End<T>): T {
  if ('error' in end) throw end.error;
  return end.value;
}

/** What became of a call; null where it did not come back. */
function endOf<T>(call: () => T): End<T> | null {
  const ends: End<T>[] = [];
  scope.call = () => {
    try {
      ends.push({ value: call() });
    } catch (error) {
      ends.push({ error });
    }
  };
  try {
    CALL.runInContext(scope, { timeout: RETURN_LIMIT_MS });
  } catch {
    // Stopped: no end of it was noted.
  }
  return ends[0] ?? null;
}

/**
 * A module whose functions, and those of what it creates, are stopped where they do not come back. One that did not is not called again: with
 * the next hundred inputs it would take a hundred times as long.
 */
export function returningModule(module: PluginModule): PluginModule {
  const stopped = new Map<string, Error>();
  const call = <T>(name: string, act: () => T): T => {
    const before = stopped.get(name);
    if (before !== undefined) throw before;
    const end = endOf(act);
    if (end !== null) return valueOf(end);
    const error = unending(`\`${name}\``);
    stopped.set(name, error);
    throw error;
  };
  return {
    options: {
      parse: (input) => call('options.parse', () => module.options.parse(input)),
      get jsonSchema() {
        return call('options.jsonSchema', () => module.options.jsonSchema);
      },
    },
    create: (context, options) =>
      returningMethods(
        call('create', () => module.create(context, options)),
        call,
      ),
  };
}

function returningMethods(instance: unknown, call: <T>(name: string, act: () => T) => T): unknown {
  if (typeof instance !== 'object' || instance === null) return instance;
  // Of an object of its own: that of the plugin may be frozen, and would have to be told of as it is.
  return new Proxy(
    {},
    {
      has: (_, key) => Reflect.has(instance, key),
      get(_, key) {
        const value: unknown = Reflect.get(instance, key);
        return typeof value === 'function'
          ? (...args: unknown[]) => call<unknown>(String(key), () => Reflect.apply(value, instance, args))
          : value;
      },
    },
  );
}
