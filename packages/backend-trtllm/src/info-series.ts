/** Series of a Prometheus page as a running trtllm-serve writes them: gauges, and labels that tell a configuration. */

const SERIES = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? +(\S+)/;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Every line that is a series; what is not is passed over. */
export function readSeries(page: string): Series[] {
  return page.split('\n').flatMap((line) => {
    const found = SERIES.exec(line);
    if (!found) return [];
    const [, name = '', labels = '', value = ''] = found;
    const pairs = [...labels.matchAll(LABEL)].map(
      ([, key = '', text = '']) => [key, unescaped(text)] as const,
    );
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
  });
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_, next: string) => (next === 'n' ? '\n' : next));
