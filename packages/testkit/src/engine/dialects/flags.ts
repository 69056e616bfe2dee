/** A program's flags as data, and what a command line says in them. */

/** How many values a flag takes: none, none with a `--no-` twin, one, one or none, one or more, any number. */
export type FlagForm = 'switch' | 'negatable' | 'value' | 'optional' | 'list' | 'any';

export interface Flag {
  /** As they stand on a command line; the first long one is the flag's name. */
  readonly names: readonly [string, ...string[]];
  readonly form: FlagForm;
  /** What help shows in place of a value. */
  readonly metavar: string;
}

/** Values by the name of their flag, without dashes; those of a switch are `true` and `false`. The last one counts. */
export type FlagValues = ReadonlyMap<string, readonly string[]>;

/** A command line that the program refuses with exit code 2; the message is the last line of what it writes. */
export class UsageError extends Error {}

const FORMS: Readonly<Record<string, FlagForm>> = { '': 'value', '?': 'optional', '+': 'list', '*': 'any' };

/**
 * Flags from words: `enforce-eager` is a switch, `[no-]metrics` one that can be negated, `port=` takes a value, `port=INTEGER` one
 * that help shows so, `host=?` one or none, `names=+` one or more, `names=*` any number. `tp-size|-tp=` has two names.
 */
export function readFlags(words: string): Flag[] {
  return words
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => {
      const negatable = word.startsWith('[no-]');
      const [name = '', value] = (negatable ? word.slice(5) : word).split('=');
      const [first = '', ...others] = name
        .split('|')
        .map((each) => (each.startsWith('-') ? each : `--${each}`));
      const form = negatable ? 'negatable' : value === undefined ? 'switch' : (FORMS[value] ?? 'value');
      const shown = value !== undefined && !(value in FORMS) ? value : nameOf(first).toUpperCase();
      return { names: [first, ...others], form, metavar: shown.replaceAll('-', '_') };
    });
}

export const nameOf = (flag: string): string => flag.replace(/^--/, '');

/** Every spelling of every flag. */
export function spellings(flags: readonly Flag[]): Map<string, { flag: Flag; value: 'true' | 'false' }> {
  const found = new Map<string, { flag: Flag; value: 'true' | 'false' }>();
  for (const flag of flags) {
    for (const name of flag.names) found.set(name, { flag, value: 'true' });
    if (flag.form === 'negatable') found.set(`--no-${nameOf(flag.names[0])}`, { flag, value: 'false' });
  }
  return found;
}

/** The value of a flag; of several the last. */
export function lastOf(values: FlagValues, name: string): string | undefined {
  return values.get(name)?.at(-1);
}

/** True or false where the flag is there. */
export function switchOf(values: FlagValues, name: string): boolean | undefined {
  const value = lastOf(values, name);
  return value === undefined ? undefined : value === 'true';
}
