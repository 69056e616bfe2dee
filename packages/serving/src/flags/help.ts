/** The flags in a `--help` text of argparse (vLLM, SGLang) or click (TensorRT-LLM). */

/** What `--help` puts further to the right than this is the description of the flag above it, in spaces. */
const DEEPEST_FLAG = 8;

const FLAG = /(?<![\w-])--?[A-Za-z][\w-]*/g;

/**
 * Every flag that a help text lists, with its dashes; empty where it lists none. Words of descriptions don't count, even where they
 * look like flags: only what begins a line of its own, up to its description, and the summary after `usage:`.
 */
export function flagsInHelp(text: string): ReadonlySet<string> {
  const flags = new Set<string>();
  const add = (part: string) => {
    for (const [flag] of part.matchAll(FLAG)) flags.add(flag);
  };
  let inUsage = false;
  for (const line of plain(text).split('\n')) {
    if (/^usage:/i.test(line)) inUsage = true;
    else if (line.trim() === '' || /^\S/.test(line)) inUsage = false;
    if (inUsage) add(bracketed(line));
    const indent = line.search(/\S/);
    // A description follows two spaces, or stands on lines of its own.
    if (!inUsage && indent <= DEEPEST_FLAG && line.startsWith('-', indent)) {
      add(line.trim().split(/ {2,}/, 1)[0] ?? '');
    }
  }
  return flags;
}

/** In a summary each optional flag begins a bracket: `[--a-b A | --no-a-b]`. Names of values stand behind. */
const bracketed = (line: string): string =>
  [...line.matchAll(/(?:\[|\| )(--?[A-Za-z][\w-]*)/g)].map(([, flag = '']) => flag).join(' ');

/** Without the colours of a terminal, and with one kind of line end. */
// eslint-disable-next-line no-control-regex -- colours are control characters
const plain = (text: string): string => text.replace(/\u001b\[[0-9;]*m/g, '').replace(/\r\n?/g, '\n');
