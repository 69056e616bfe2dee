/** What the GPU engines tell of their work, over windows long enough for means. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { COMPARED, engineStudies, type EngineStudies } from './engines.js';

let studies: EngineStudies;
beforeEach(async () => {
  studies = await engineStudies();
});
afterEach(() => studies.remove());

it(
  'tell how many requests run, what their cache holds and how many drafts are kept',
  { timeout: 240_000 },
  async () => {
    const { code, stderr } = await studies.run(studies.settings('told', 11) + COMPARED);
    expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
    for (const [backend, { measurement }] of await studies.records()) {
      const server = measurement?.server;
      // Of four at once none waits. On a machine that others use as well, a step is late, and fewer run in the mean.
      expect(server?.meanRunning, backend).toBeGreaterThan(2);
      expect(server?.meanRunning, backend).toBeLessThan(4.5);
      expect(server?.meanWaiting).toBeCloseTo(0, 0);
      expect(server?.meanKvUse).toBeGreaterThan(0);
      expect([backend, server?.acceptanceRate]).toEqual([backend, expect.closeTo(0.5, 2)]);
      expect(server?.coverage).toBeGreaterThan(0.75);
    }
  },
);
