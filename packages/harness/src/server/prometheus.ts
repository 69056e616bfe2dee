/** The text formats of Prometheus and OpenMetrics, as far as the values of named series go. */

/** Most series of one name that are read: a server has one for each of its engines or ranks. */
const MOST_SERIES = 4_096;

/** Finite values of every series of each wanted name, in the order of the text. Lines that make no sense are passed over. */
export function parseMetrics(text: string, wanted: ReadonlySet<string>): Map<string, number[]> {
  const found = new Map<string, number[]>();
  let start = 0;
  while (start < text.length) {
    let end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    const line = text.slice(start, end).trim();
    start = end + 1;
    if (line === '# EOF') break;
    if (line === '' || line.startsWith('#')) continue;
    const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0];
    if (name === undefined || !wanted.has(name)) continue;
    const value = valueAfter(line, name.length);
    const values = found.get(name) ?? [];
    if (value === null || values.length >= MOST_SERIES) continue;
    values.push(value);
    found.set(name, values);
  }
  return found;
}

/** The value after name and labels, a time after it being left out; null when there is none, or none that is finite. */
function valueAfter(line: string, nameEnd: number): number | null {
  const labelsEnd = line[nameEnd] === '{' ? endOfLabels(line, nameEnd) : nameEnd;
  if (labelsEnd === null) return null;
  const rest = line.slice(labelsEnd);
  // A name is followed by a space; after labels it may be missing.
  if (labelsEnd === nameEnd && !/^\s/.test(rest)) return null;
  const [value = ''] = rest.trim().split(/\s/, 1);
  // Number() would take '' and hexadecimal for numbers.
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value)) return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** Index behind the closing brace; braces and escaped quotes inside of quotes are text. */
function endOfLabels(line: string, from: number): number | null {
  let quoted = false;
  for (let index = from + 1; index < line.length; index += 1) {
    const char = line[index];
    if (quoted && char === '\\') index += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === '}' && !quoted) return index + 1;
  }
  return null;
}
