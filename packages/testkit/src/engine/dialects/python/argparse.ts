/** Command lines as Python's argparse reads, refuses and explains them. */
import { nameOf, spellings, UsageError, type Flag, type FlagValues } from '../flags.js';

export interface Parsed {
  readonly values: FlagValues;
  readonly positionals: readonly string[];
  /** What no flag is; the program refuses it once all else has been read. */
  readonly unrecognized: readonly string[];
}

/** A number after a minus is a value, as is what has a space. */
const isFlag = (argument: string): boolean => /^-[^\d.\s]/.test(argument) && !argument.includes(' ');

/** `positionals` at most are taken; more of them are unrecognized. Throws UsageError. */
export function parseArgparse(flags: readonly Flag[], positionals: number, argv: readonly string[]): Parsed {
  const known = spellings(flags);
  const values = new Map<string, string[]>();
  const found: { positionals: string[]; unrecognized: string[] } = { positionals: [], unrecognized: [] };
  for (let at = 0; at < argv.length;) {
    const argument = argv[at] ?? '';
    at += 1;
    if (!isFlag(argument)) {
      const room = found.positionals.length < positionals;
      (room ? found.positionals : found.unrecognized).push(argument);
      continue;
    }
    const [, written = '', inline] = /^([^=]+)(?:=([^]*))?$/.exec(argument) ?? [];
    const match = known.get(written) ?? known.get(abbreviated(known, written) ?? '');
    if (match === undefined) {
      found.unrecognized.push(argument);
      continue;
    }
    const { flag, value } = match;
    const shown = `argument ${flag.names.join('/')}`;
    const takesNone = flag.form === 'switch' || flag.form === 'negatable';
    if (takesNone && inline !== undefined)
      throw new UsageError(`${shown}: ignored explicit argument '${inline}'`);
    const given: string[] = inline === undefined ? [] : [inline];
    const most =
      takesNone || inline !== undefined ? 0 : flag.form === 'list' || flag.form === 'any' ? Infinity : 1;
    for (let next = argv[at]; given.length < most && next !== undefined && !isFlag(next); next = argv[at]) {
      given.push(next);
      at += 1;
    }
    if (given.length === 0 && flag.form === 'value') throw new UsageError(`${shown}: expected one argument`);
    if (given.length === 0 && flag.form === 'list')
      throw new UsageError(`${shown}: expected at least one argument`);
    values.set(nameOf(flag.names[0]), takesNone || given.length === 0 ? [value] : given);
  }
  return { values, ...found };
}

/** The one long flag that begins so. Throws where several do. */
function abbreviated(
  known: ReadonlyMap<string, { readonly flag: Flag }>,
  written: string,
): string | undefined {
  if (!written.startsWith('--')) return undefined;
  const candidates = [...known.keys()].filter((name) => name.startsWith(written));
  if (candidates.length > 1)
    throw new UsageError(`ambiguous option: ${written} could match ${candidates.join(', ')}`);
  return candidates[0];
}

/** A whole number, or the refusal of what is none. */
export function integerOf(values: FlagValues, flag: Flag): number | undefined {
  const value = values.get(nameOf(flag.names[0]))?.at(-1);
  if (value === undefined) return undefined;
  if (!/^[+-]?\d+$/.test(value))
    throw new UsageError(`argument ${flag.names.join('/')}: invalid int value: '${value}'`);
  return Number(value);
}

const WIDTH = 78;

/** The lines of a usage message, broken and indented as argparse does it. */
export function usageText(program: string, parts: readonly string[]): string {
  const head = `usage: ${program} `;
  const lines: string[] = [];
  let line = head;
  for (const part of parts) {
    if (line.length + part.length > WIDTH && line.trim() !== head.trim()) {
      lines.push(line.trimEnd());
      line = ' '.repeat(head.length);
    }
    line += `${part} `;
  }
  return `${[...lines, line.trimEnd()].join('\n')}\n`;
}

/** What every help begins its list with. */
const HELP_LINE = '  -h, --help            show this help message and exit';

/** A flag as it stands in a usage message. */
export function usageOf({ names, form, metavar }: Flag): string {
  if (form === 'negatable') return `[${names[0]} | --no-${nameOf(names[0])}]`;
  return form === 'switch' ? `[${names[0]}]` : `[${names[0]} ${valueOf(form, metavar)}]`;
}

/** The flags of a group as help lists them, under its title; the group `options` has that of help too. */
export function helpSection(title: string, flags: readonly Flag[]): string {
  const lines = flags.map((flag) => `  ${invocationOf(flag)}`);
  return [`${title}:`, ...(title === 'options' ? [HELP_LINE] : []), ...lines, ''].join('\n');
}

function invocationOf({ names, form, metavar }: Flag): string {
  if (form === 'switch') return names.join(', ');
  if (form === 'negatable') return [...names, `--no-${nameOf(names[0])}`].join(', ');
  return names.map((name) => `${name} ${valueOf(form, metavar)}`).join(', ');
}

function valueOf(form: Flag['form'], metavar: string): string {
  if (form === 'optional') return `[${metavar}]`;
  if (form === 'list') return `${metavar} [${metavar} ...]`;
  return form === 'any' ? `[${metavar} ...]` : metavar;
}
