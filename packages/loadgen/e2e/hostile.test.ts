/** Servers that mean harm: the right class of failure, bounded memory, no hang. */
import { HOSTILE_KINDS, hostileAnswerBytes, startHostileServer, type HostileKind } from '@llem/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { endAll, keep, loadOn, until } from './load.fixture.js';

afterEach(endAll);

/** What two slots may hold while a server sends without end: two events of 1 MiB with what they grew from, and room. */
const MAX_GROWTH_BYTES = 150 * 1024 * 1024;

/** Where every token and the end had come before the server went wrong, nothing is missing. */
const WHOLE_ALL_THE_SAME: readonly HostileKind[] = ['content-length-short', 'content-length-long'];

function kinds(): [HostileKind, string | null][] {
  const all: [HostileKind, string | null][] = [];
  for (const [kind, { failure }] of Object.entries(HOSTILE_KINDS)) {
    for (const known of Object.keys(HOSTILE_KINDS))
      if (isKind(known) && known === kind) all.push([known, failure]);
  }
  return all;
}

const isKind = (name: string): name is HostileKind => Object.hasOwn(HOSTILE_KINDS, name);

describe('a hostile server', () => {
  it.each(kinds().filter(([kind]) => kind !== 'reset-at-byte'))(
    '%s is recorded as %s',
    async (kind, failure) => {
      const server = keep(await startHostileServer(kind));
      const before = process.memoryUsage().rss;
      const load = loadOn(server.baseUrl, { workload: { concurrency: 2 }, more: { silenceS: 1 } });
      await until(load, () => load.counters().failed + load.counters().completed >= 4);
      const growth = process.memoryUsage().rss - before;
      const trace = await load.abort();
      expect(trace).not.toBeNull();
      const classes = new Set(
        trace?.requests.filter(({ status }) => status !== 'cancelled').map(({ errorClass }) => errorClass),
      );
      if (kind === 'closed-as-reused') expect(classes).toContain(failure);
      else expect([...classes]).toEqual([WHOLE_ALL_THE_SAME.includes(kind) ? null : failure]);
      expect(growth).toBeLessThan(MAX_GROWTH_BYTES);
      for (const { errorMessage } of trace?.requests ?? [])
        expect((errorMessage ?? '').length).toBeLessThanOrEqual(500);
    },
  );

  it('may reset the connection after any byte of its answer', async () => {
    const length = hostileAnswerBytes();
    for (let atByte = 0; atByte <= length; atByte += 1 + Math.floor(length / 24)) {
      const server = await startHostileServer('reset-at-byte', { atByte });
      const load = loadOn(server.baseUrl, { workload: { concurrency: 1 }, more: { silenceS: 5 } });
      await until(load, () => load.counters().failed + load.counters().completed >= 1);
      const trace = await load.abort();
      await server.close();
      const [first] = trace?.requests ?? [];
      // A reset overtakes bytes that have not been read; those that were may have ended the answer.
      expect(['reset', 'closed', 'cut-stream', null]).toContain(first?.errorClass);
      expect(first?.status).toMatch(/^(failed|completed)$/);
      if (atByte < length / 2) expect(first?.status).toBe('failed');
    }
  }, 60_000);
});
