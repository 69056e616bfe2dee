/** A study that is interrupted in each of its phases: always 130, an interrupted run, nothing left, and `resume` goes on. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { EngineOptionsInput } from '@llem/testkit';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  beginOf,
  ENDLESS_STUDY,
  interrupted,
  lastRecord,
  requireNothingLeft,
  studyPlace,
} from './interrupted-process.js';
import { journalOf } from './interrupted-studies.js';
import type { Workplace } from './llem.js';

const LIMIT_MS = 120_000;
/** What a llama-server is given to end where nobody waits for that, in seconds. */
const GRACE_S = 10;

const RUN = ['run', 'study.yaml', '--skip-preflight'];
const measuring = (settings: string) =>
  ENDLESS_STUDY.replace(/^measure: .*$/m, `measure: { min_seconds: 1, ${settings} }`);
const quiet = 'idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 0 }';
/** One answer takes two seconds: so does what is under way when the window closes. */
const slow = measuring(quiet).replace('concurrency: 2', 'arrival: { process: constant, rate: 20 }');

const PHASES: readonly { phase: string; study: string; engine?: EngineOptionsInput }[] = [
  { phase: 'idle-bare', study: measuring(quiet.replace('idle_bare_s: 0', 'idle_bare_s: 600')) },
  { phase: 'start', study: ENDLESS_STUDY, engine: { faults: { 'hang-at-start': true } } },
  { phase: 'settle', study: measuring(quiet.replace('settle_s: 0', 'settle_s: 600')) },
  { phase: 'idle-loaded', study: measuring(quiet.replace('idle_loaded_s: 0', 'idle_loaded_s: 600')) },
  { phase: 'warmup', study: measuring(quiet.replace('max_s: 0', 'max_s: 600')), engine: { ttftMs: 600_000 } },
  {
    phase: 'window',
    study: ENDLESS_STUDY,
    engine: { faults: { 'hang-after-tokens': 50, 'ignore-sigterm': true } },
  },
  { phase: 'drain', study: slow, engine: { itlMs: 250, slots: 64 } },
  { phase: 'stop', study: measuring(quiet), engine: { faults: { 'ignore-sigterm': true } } },
];

describe.concurrent('a study that is interrupted', () => {
  it.each(PHASES)(
    'in the phase $phase ends in order',
    { timeout: LIMIT_MS },
    async ({ phase, study, engine }) => {
      await using place = await studyPlace(study, engine);
      const inPhase = beginOf(phase);
      const first = await interrupted(place, RUN, inPhase);
      await requireInterrupted(place, first, phase, 1);
    },
  );

  it('under resume ends in order as well', { timeout: LIMIT_MS }, async () => {
    await using place = await studyPlace(ENDLESS_STUDY);
    const { dir } = await interrupted(place, RUN, beginOf('window'));
    const args = ['resume', dir ?? '', '--skip-preflight'];
    const again = await interrupted(place, args, beginOf('window'));
    await requireInterrupted(place, { ...again, dir }, 'window', 2);
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)(
    'by %s ends in order as well',
    { timeout: LIMIT_MS },
    async (signal) => {
      await using place = await studyPlace(ENDLESS_STUDY);
      const ended = await interrupted(place, RUN, beginOf('window'), (child) => void child.kill(signal));
      expect(ended.stderr).toContain('Interrupted: stopping the engine');
      await requireInterrupted(place, ended, 'window', 1);
    },
  );

  it('in a gap has the run recorded that would have come', { timeout: LIMIT_MS }, async () => {
    const study = measuring(quiet)
      .replace('cycles: 1', 'cycles: 2')
      .replace('between_runs_s: 0', 'between_runs_s: 600');
    await using place = await studyPlace(study);
    const { code, dir } = await interrupted(place, RUN, beginOf('gap'));
    expect(code).toBe(130);
    expect((await journalOf(dir ?? '')).map(({ event }) => event)).toEqual(
      expect.arrayContaining(['completed', 'interrupted']),
    );
    await requireNothingLeft(place);
  });

  it.each([
    ['while its parts are checked', ['run', 'study.yaml'], 'error: Interrupted before the first run.'],
    ['while a run is prepared', RUN, 'Go on with: llem resume'],
  ] as const)(
    '%s, by a data set that does not come, ends in order',
    { timeout: LIMIT_MS },
    async (_, args, said) => {
      await using place = await studyPlace(
        ENDLESS_STUDY.replace('input_tokens: 16', 'dataset: aienergyscore'),
      );
      const hub = createServer();
      hub.listen(0, '127.0.0.1');
      await once(hub, 'listening');
      const { port } = z.object({ port: z.int() }).parse(hub.address());
      place.env['HF_ENDPOINT'] = `http://127.0.0.1:${port}`;
      const { child, finished } = place.start(args);
      await once(hub, 'request');
      child.kill('SIGINT');
      const { code, stderr, stdout } = await finished;
      hub.close();
      expect(stderr + stdout).toContain(said);
      expect(code).toBe(130);
      await requireNothingLeft(place);
    },
  );
});

async function requireInterrupted(
  place: Workplace,
  { code, tookS, dir }: { code: number | null; tookS: number; dir: string | null },
  phase: string,
  attempt: number,
): Promise<void> {
  expect(code).toBe(130);
  expect(tookS).toBeLessThan(GRACE_S);
  const record = await lastRecord(dir);
  expect(record.attempt).toBe(attempt);
  expect(record.status).toBe(phase === 'stop' ? 'completed' : 'interrupted');
  if (phase !== 'stop') expect(record.failure).toMatchObject({ class: 'interrupted' });
  await requireNothingLeft(place);
}
