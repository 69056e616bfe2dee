/** `extra:` of an engine's section: flags that its options do not know, passed through as they are. */
import type { Violation } from '@llem/core';
import { z } from 'zod';
import type { UsedFlag } from './arguments.js';

const scalar = z.union([z.string(), z.number(), z.boolean()]);

export const extraSchema = z
  .record(
    z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i, 'expected a flag without its leading dashes'),
    z.union([scalar, z.array(scalar).min(1)]),
  )
  .default({})
  .describe(
    'Further flags of the engine, without their dashes: true gives the bare flag, false leaves it out, a list several values. Passed through and recorded as written.',
  );

export type ExtraFlags = z.output<typeof extraSchema>;

/** In the order as written. Names of one letter get one dash. Pure. */
export function extraArguments(extra: ExtraFlags): string[] {
  return Object.entries(extra).flatMap(([name, value]) => {
    const flag = dashed(name);
    if (value === false) return [];
    if (value === true) return [flag];
    if (Array.isArray(value)) return [flag, ...value.map(String)];
    return String(value).startsWith('-') ? [`${flag}=${value}`] : [flag, String(value)];
  });
}

export function usedExtraFlags(section: string, extra: ExtraFlags): UsedFlag[] {
  return Object.entries(extra)
    .filter(([, value]) => value !== false)
    .map(([name]) => ({ path: `${section}.extra.${name}`, flag: dashed(name), versions: null }));
}

const dashed = (name: string): string => `${name.length === 1 ? '-' : '--'}${name}`;

/**
 * Flags that something else decides. `owners` has what decides each, by the flag without its dashes; `-` and `_` are the same, and
 * so are a flag and its `no-` form.
 */
export function extraViolations(
  section: string,
  extra: ExtraFlags,
  owners: Readonly<Record<string, string>>,
): Violation[] {
  const owned = new Map(Object.entries(owners).map(([flag, owner]) => [plain(flag), owner]));
  return Object.keys(extra).flatMap((name) => {
    const owner = owned.get(plain(name)) ?? owned.get(plain(name).replace(/^no-/, ''));
    if (owner === undefined) return [];
    return [{ path: `${section}.extra.${name}`, message: `this flag is ${decidedBy(owner)}` }];
  });
}

/** `decided by vllm.tp: set it there`. What is no setting of a study, `the runner` or `llem`, cannot be set. */
export const decidedBy = (owner: string): string =>
  `decided by ${owner}: ${/^(the|llem)\b/.test(owner) ? 'leave it out' : 'set it there'}`;

/** `a_b.c` as `a-b`: a dotted flag sets a part of the one before the dot. */
const plain = (flag: string): string => flag.replaceAll('_', '-').split('.', 1)[0]?.toLowerCase() ?? flag;
