/**
 * A plugin whose faults say whose they are. Whatever it throws beside the errors of llem's catalogue, and an answer that is not of its
 * contract, would else be told far from it, and as a defect of llem.
 */
import { IN_WORDS, isLlemError, issueText, type PluginInstances, type PluginKind } from '@llem/core';
import { z } from 'zod';
import { ANSWERS } from './answers.js';

/** Names a fault: `what` ends the sentence "The backend ... of ... " and has no full stop; `cause` is what was thrown, or null. */
export type NameFault = (what: string, cause: unknown) => Error;

/** The instance; its functions throw and answer as they did, but for faults. What the plugin's own functions call is not looked at. */
export function attributed<K extends PluginKind>(
  kind: K,
  instance: PluginInstances[K],
  nameFault: NameFault,
): PluginInstances[K] {
  const answers = new Map<PropertyKey, (typeof ANSWERS)[K][keyof PluginInstances[K]]>(
    Object.entries(ANSWERS[kind]),
  );
  const checked = (name: string, answer: unknown): unknown => {
    const result = answers.get(name)?.safeParse(answer, IN_WORDS);
    if (!result || result.success) return answer;
    throw nameFault(
      `gave what its contract does not: ${issueText(result.error.issues, [`${name}()`])}`,
      null,
    );
  };
  const wrap =
    (name: string, call: (...args: unknown[]) => unknown) =>
    (...args: unknown[]): unknown => {
      const faultOf = (cause: unknown): unknown =>
        // Who is told to end may end with anything.
        isLlemError(cause) || args.some((arg) => arg instanceof AbortSignal && arg.aborted)
          ? cause
          : nameFault(`failed in \`${name}\``, cause);
      let answer: unknown;
      try {
        answer = call(...args);
      } catch (cause) {
        throw faultOf(cause);
      }
      if (!(answer instanceof Promise)) return checked(name, answer);
      return answer.then(
        (value: unknown) => checked(name, value),
        (cause: unknown) => {
          throw faultOf(cause);
        },
      );
    };
  const wrapped = new Map<string, unknown>();
  // Not of the instance itself: the functions of a frozen one could not be others.
  const shell = z.custom<PluginInstances[K]>().parse(Object.create(instance));
  return new Proxy(shell, {
    get(_, name): unknown {
      const value: unknown = Reflect.get(instance, name);
      if (typeof name === 'symbol' || typeof value !== 'function') return value;
      const known = wrapped.get(name) ?? wrap(name, (...args) => Reflect.apply(value, instance, args));
      wrapped.set(name, known);
      return known;
    },
  });
}
