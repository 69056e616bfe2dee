/** Command lines as Python's click reads, refuses and explains them. */
import { nameOf, spellings, UsageError, type Flag, type FlagValues } from '../flags.js';

export interface Clicked {
  readonly values: FlagValues;
  readonly positionals: readonly string[];
}

/** Throws UsageError, as click does at the first thing that is wrong. */
export function parseClick(flags: readonly Flag[], argv: readonly string[]): Clicked {
  const known = spellings(flags);
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (let at = 0; at < argv.length;) {
    const argument = argv[at] ?? '';
    at += 1;
    if (!argument.startsWith('-') || argument === '-') {
      positionals.push(argument);
      continue;
    }
    const [, written = '', inline] = /^([^=]+)(?:=([^]*))?$/.exec(argument) ?? [];
    const match = known.get(written);
    if (match === undefined) throw new UsageError(`No such option: ${written}`);
    const { flag } = match;
    if (flag.form === 'switch') {
      if (inline !== undefined) throw new UsageError(`Option '${written}' does not take a value.`);
      values.set(nameOf(flag.names[0]), ['true']);
      continue;
    }
    const value = inline ?? argv[at];
    if (value === undefined) throw new UsageError(`Option '${written}' requires an argument.`);
    if (inline === undefined) at += 1;
    const numbers: Readonly<Record<string, RegExp>> = {
      INTEGER: /^[+-]?\d+$/,
      FLOAT: /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i,
    };
    if (numbers[flag.metavar]?.test(value) === false) {
      const kind = flag.metavar === 'INTEGER' ? 'integer' : 'float';
      throw new UsageError(`Invalid value for ${shownNames(flag)}: '${value}' is not a valid ${kind}.`);
    }
    values.set(nameOf(flag.names[0]), [value]);
  }
  return { values, positionals };
}

const shownNames = ({ names }: Flag): string => names.map((name) => `'${name}'`).join(' / ');

/** The options of a command as its help lists them. */
export function optionsText(flags: readonly Flag[]): string {
  const lines = flags.map(({ names, form, metavar }) =>
    form === 'switch' ? `  ${names.join(', ')}` : `  ${names.join(', ')} ${metavar}`,
  );
  return ['Options:', ...lines, '  --help                          Show this message and exit.', ''].join(
    '\n',
  );
}

/** What click writes of a command line that it refuses. */
export function refusalText(usage: string, path: string, message: string): string {
  return `Usage: ${usage}\nTry '${path} --help' for help.\n\nError: ${message}\n`;
}
