import { expect, it } from 'vitest';
import { parseMetrics } from './prometheus.js';

const read = (text: string, ...names: string[]) => Object.fromEntries(parseMetrics(text, new Set(names)));

it('reads every series of a name, with and without labels and times, and nothing of other names', () => {
  const text = [
    '# HELP vllm:num_requests_running Running.',
    '# TYPE vllm:num_requests_running gauge',
    'vllm:num_requests_running{engine="0",model_name="a"} 3',
    'vllm:num_requests_running{engine="1"} 4.5e0 1700000000000',
    'vllm:num_requests_running_max 9',
    'plain 7',
    'other 1',
  ].join('\n');
  expect(read(text, 'vllm:num_requests_running', 'plain')).toEqual({
    'vllm:num_requests_running': [3, 4.5],
    plain: [7],
  });
});

it('takes braces, quotes, spaces and escapes inside of label values for text', () => {
  const text = String.raw`m{path="a}b",quote="say \"hi\" {x} 5",slash="c:\\",n="line\nbreak"} 12`;
  expect(read(text, 'm')).toEqual({ m: [12] });
  expect(read('m{a="1"}3', 'm')).toEqual({ m: [3] });
  expect(read('m{} 4', 'm')).toEqual({ m: [4] });
});

it('leaves out what is no finite number', () => {
  const values = ['NaN', '+Inf', '-Inf', '', 'x', '0x10', '1e999', '--1', '1,5'];
  expect(read(values.map((value) => `m ${value}`).join('\n'), 'm')).toEqual({});
  expect(read('m -1.5E-3\nm +2\nm .5\nm 3.', 'm')).toEqual({ m: [-0.0015, 2, 0.5, 3] });
});

it('stops at the end mark of OpenMetrics, and takes exemplars and carriage returns', () => {
  expect(read('m_total 5 # {trace="x"} 1\r\n# EOF\nm_total 6', 'm_total')).toEqual({ m_total: [5] });
});

it('passes over garbage of any kind', () => {
  const text = '{}\nm{\nm{a="1\nm"1\n\u0000\uFFFD\nm1\nm\n<html>m 5</html>\n  m 8  \n';
  expect(read(text, 'm')).toEqual({ m: [8] });
  expect(read('', 'm')).toEqual({});
  expect(read('m 1'.repeat(100_000), 'm')).toEqual({});
});

it('keeps a bounded number of series', () => {
  expect(read('m 1\n'.repeat(10_000), 'm')['m']).toHaveLength(4_096);
});
