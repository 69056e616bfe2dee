import { expect, test } from 'vitest';
import { areAllZero, seriesOf } from './metrics.js';

test('series come with their labels, also where a label has braces, quotes or another name', () => {
  const text = [
    '# HELP a_info what it is',
    'a_info{x="1",y="}\\"\\n"} 1.0',
    'a_info_more{x="2"} 3',
    'a_info{} 2e3 1700000000',
    'a_info 4',
    'a_info{x="5"} NaN',
    'a_info',
  ].join('\n');
  expect(seriesOf(text, 'a_info')).toEqual([
    { labels: { x: '1', y: '}"\n' }, value: 1 },
    { labels: {}, value: 2000 },
    { labels: {}, value: 4 },
  ]);
});

test('nothing is in use where every series is there and 0', () => {
  const text = 'a{engine="0"} 0\na{engine="1"} 0.0\nb 0\nc{engine="0"} 0\nc{engine="1"} 1';
  expect(areAllZero(text, ['a', 'b'])).toBe(true);
  expect(areAllZero(text, ['a', 'c'])).toBe(false);
  expect(areAllZero(text, ['a', 'd'])).toBe(false);
});
