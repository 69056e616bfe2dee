/** Text that fits: truncation, wrapping and colour. */
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

/** The widest that what llem prints gets, in columns. */
export const WIDTH = 100;

/** At most `width` columns, with `…` where something was cut off. */
export function truncate(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (stringWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Lines of at most `width` columns, broken at spaces where that can be, and inside a word where it cannot. */
export function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      const longer = line === '' ? word : `${line} ${word}`;
      if (stringWidth(longer) + stringWidth(indent) <= width || line === '') line = longer;
      else {
        lines.push(line);
        line = word;
      }
    }
    lines.push(line);
  }
  return lines.map((line) => `${indent}${line}`).join('\n');
}

/** As `wrap`, each line of the text by itself, with what is wrapped two columns further in than its beginning. */
export function hang(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => {
      const [indent = ''] = /^ */.exec(line) ?? [];
      const [first = '', ...rest] = wrap(line.trimStart(), width - indent.length - 2).split('\n');
      return [`${indent}${first}`, ...rest.map((part) => `${indent}  ${part}`)].join('\n');
    })
    .join('\n');
}

/** One line of plain text, whatever came in: no control sequence of an engine's log reaches the terminal. */
export function oneLine(text: string): string {
  // eslint's no-control-regex forbids the class in a literal; categories say it better anyway.
  return stripVTControlCharacters(text)
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
}

export interface Paint {
  bold(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  caution(text: string): string;
}

/** Colours where a person looks at a terminal: NO_COLOR and FORCE_COLOR (no-color.org, Node's own rule) decide first. */
export function createPaint(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const none = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '';
  const force = env['FORCE_COLOR'];
  const forced = force !== undefined && force !== '0' && force !== 'false';
  const on = forced || (!none && force === undefined && stream.isTTY === true && env['TERM'] !== 'dumb');
  const code = (open: number, close: number) => (text: string) =>
    on ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    bold: code(1, 22),
    good: code(32, 39),
    bad: code(31, 39),
    caution: code(33, 39),
  };
}
