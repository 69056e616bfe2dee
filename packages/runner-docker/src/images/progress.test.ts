/** How far a pull is, in words. */
import { expect, it } from 'vitest';
import { pullProgress, type PullEvent } from './progress.js';

const after = (...events: PullEvent[]): string | null => {
  const progress = pullProgress();
  events.forEach((event) => progress.take(event));
  return progress.text();
};
const waiting = (id: string): PullEvent => ({ id, status: 'Pulling fs layer', progressDetail: {} });
const downloading = (id: string, current: number, total: number): PullEvent => ({
  id,
  status: 'Downloading',
  progressDetail: { current, total },
});

it('is nothing before a layer is known', () => {
  expect(after({ status: 'Pulling from library/x', id: 'latest' })).toBeNull();
});

it('is the share of all bytes once the size of each layer is known', () => {
  expect(after(waiting('a'), waiting('b'), downloading('a', 3e9, 8e9), downloading('b', 2e8, 1.8e9))).toBe(
    '3.2 of 9.8 GB',
  );
});

it('counts layers while nobody has said how large one of them is', () => {
  const events = [waiting('a'), waiting('b'), waiting('c'), downloading('a', 3.25e9, 8e9)];
  expect(after(...events, { id: 'c', status: 'Already exists' })).toBe('3.3 GB, 1 of 3 layers');
});

it('takes a layer that was downloaded for whole', () => {
  const events = [
    downloading('a', 1e9, 4e9),
    downloading('b', 0, 4e9),
    { id: 'a', status: 'Download complete' },
  ];
  expect(after(...events)).toBe('4.0 of 8.0 GB');
});

it('says that it unpacks once all is here', () => {
  const events = [downloading('a', 1e9, 4e9), { id: 'a', status: 'Pull complete' }, downloading('b', 1, 2)];
  expect(after(...events, { id: 'b', status: 'Extracting', progressDetail: { current: 1, total: 2 } })).toBe(
    'unpacking, 1 of 2 layers',
  );
});

it('counts a layer of unknown length without a size', () => {
  expect(after(downloading('a', 5e8, -1))).toBe('0.5 GB, 0 of 1 layers');
});
