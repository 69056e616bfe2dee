/** Series of the text format of Prometheus with their labels, for what an engine tells there of itself. */

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' };

/** The series of one name, in the order of the text. Lines that make no sense are passed over. Pure. */
export function seriesOf(text: string, name: string): Series[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith(name)) return [];
    const found = /^(\{.*\})?\s+(\S+)/.exec(line.slice(name.length));
    const value = Number(found?.[2]);
    if (!found || !Number.isFinite(value)) return [];
    const labels = [...(found[1] ?? '').matchAll(LABEL)].map(
      ([, label = '', escaped = '']): [string, string] => [
        label,
        escaped.replace(/\\(.)/g, (_, character: string) => ESCAPED[character] ?? character),
      ],
    );
    return [{ labels: Object.fromEntries(labels), value }];
  });
}

/** Whether every series of these names is there and 0, as those of what is in use are of an engine that is idle. Pure. */
export const areAllZero = (text: string, names: readonly string[]): boolean =>
  names.every((name) => {
    const series = seriesOf(text, name);
    return series.length > 0 && series.every(({ value }) => value === 0);
  });
