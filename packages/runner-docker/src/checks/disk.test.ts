/** The room for images. */
import { expect, it } from 'vitest';
import { roomFinding } from './disk.js';

const GIB = 2 ** 30;

it.each([
  [1.9, false, 'failed'],
  [1.9, true, 'failed'],
  [39, true, 'warning'],
  [39, false, 'ok'],
  [41, true, 'ok'],
])('of %d GiB, with an image to pull: %s, is %s', (free, mustPull, status) => {
  const finding = roomFinding(free * GIB, '/var/lib/docker', mustPull);
  expect(finding.status).toBe(status);
  expect(finding.message).toContain(`${free.toFixed(1)} GiB free for images in /var/lib/docker`);
});
