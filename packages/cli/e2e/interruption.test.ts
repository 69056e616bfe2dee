/** A study that a person stops: by a key, by a signal, by closing the terminal; once, and once more. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  beginOf,
  ENDLESS_STUDY,
  interrupted,
  lastRecord,
  requireNothingLeft,
  studyPlace,
} from './interrupted-process.js';
import { BIN, eventsOf } from './llem.js';

const LIMIT_MS = 90_000;
/** Of a llama-server, in seconds: what it is given to end where nobody waits for that. */
const GRACE_S = 10;
const IGNORES_SIGTERM = { faults: { 'ignore-sigterm': true } };

const RUN = ['run', 'study.yaml'];
const inWindow = beginOf('window');

describe.concurrent('a study', () => {
  it(
    'stops in order on Ctrl-C, which goes to its whole process group: records the run, says how to go on, leaves nothing',
    { timeout: LIMIT_MS },
    async () => {
      await using place = await studyPlace(ENDLESS_STUDY);
      const child: ChildProcess = spawn(process.execPath, [BIN, ...RUN, '--json'], {
        cwd: place.dir,
        env: place.env,
        detached: true,
      });
      const exit = once(child, 'exit');
      let dir: string | null = null;
      for await (const event of eventsOf(child)) {
        if (event.type === 'study-started') dir = event.dir ?? null;
        if (inWindow(event)) process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
      }
      expect(await exit).toEqual([130, null]);
      // The engine was stopped by llem, not by the key: it ended in the phase that llem was in, as interrupted.
      expect(await lastRecord(dir)).toMatchObject({ status: 'interrupted', failure: { type: 'window' } });
      await requireNothingLeft(place);
      const shown = await place.llem(['results', 'show', dir ?? '']);
      expect(shown.stdout).toContain(`Unfinished: 1 run to go. Go on with: llem resume ${dir}`);
    },
  );

  it('does not wait out the grace of an engine that ignores SIGTERM', { timeout: LIMIT_MS }, async () => {
    await using place = await studyPlace(ENDLESS_STUDY, IGNORES_SIGTERM);
    const { code, tookS, dir } = await interrupted(place, RUN, inWindow);
    expect(code).toBe(130);
    expect(tookS).toBeLessThan(GRACE_S);
    expect(await lastRecord(dir)).toMatchObject({ status: 'interrupted' });
    await requireNothingLeft(place);
  });

  it(
    'ends at once on a second signal while it waits for the engine, which does not outlive it',
    { timeout: LIMIT_MS },
    async () => {
      await using place = await studyPlace(ENDLESS_STUDY, IGNORES_SIGTERM);
      const sent: string[] = [];
      const { code, stdout } = await interrupted(
        place,
        RUN,
        (event) => (inWindow(event) && sent.length === 0) || event.line === 'received SIGTERM',
        (child) => {
          const signal = sent.length === 0 ? 'SIGINT' : 'SIGTERM';
          sent.push(signal);
          child.kill(signal);
        },
      );
      expect(sent).toEqual(['SIGINT', 'SIGTERM']);
      expect(code).toBe(130);
      // Had it waited for the engine's end, it would have recorded the run and said so.
      expect(stdout).not.toContain('run-ended');
      await requireNothingLeft(place);
    },
  );
});
