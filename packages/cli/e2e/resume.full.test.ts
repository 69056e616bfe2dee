/**
 * kill -9 at random moments, resumed each time: nothing that ended is lost, changed or measured twice. Forty-eight moments, or as many
 * for each place as LLEM_KILLS says. A hundred (25) take a minute more, which the long suite has not.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { endedRuns, killedAgainAndAgain, requireOnce, undisturbed } from './interrupted-studies.js';
import { simulatedWorkplace, type Workplace } from './llem.js';

const QUICK = `model: simulated
backend: simulated
measure: { min_seconds: 1, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 0 } }
execution: { cycles: 2, gaps: { between_runs_s: 0 } }
`;
/** Tokens come slowly, so that processors are left for the other studies. */
const STUDIES = [
  {
    name: 'healthy',
    runs: 4,
    study: `name: healthy
${QUICK}workload: { input_tokens: 8, output_tokens: 8 }
simulated: { itl_ms: 4, stop_grace_s: 0.3 }
sweep: { workload.concurrency: [1, 2] }
`,
  },
  {
    name: 'faulty',
    runs: 10,
    study: `name: faulty
${QUICK}workload: { concurrency: 24, input_tokens: 8, output_tokens: 8 }
simulated: { slots: 24, itl_ms: 20, stop_grace_s: 0.3 }
experiments:
  - { simulated.faults: {} }
  - { simulated.faults: { exit-at-start: 1 } }
  - { simulated.faults: { exit-after-tokens: 400 } }
  - { simulated.faults: { cut-stream: 4 } }
  - { simulated.faults: { ignore-sigterm: true, flood-log: 20480000, daemons: 2 } }
`,
  },
];
/** Of each kind so many studies at once, each in a place and with locks of its own, beside one that nothing disturbs. */
const KILLED = 2;
const KILLS = Number(process.env['LLEM_KILLS'] ?? 12);

let places: readonly Workplace[] = [];
beforeAll(async () => {
  places = await Promise.all(Array.from({ length: STUDIES.length * (1 + KILLED) }, simulatedWorkplace));
});
afterAll(() => Promise.all(places.map((place) => place.remove())));

it.concurrent.each(STUDIES)(
  'a $name study, killed again and again, comes to what it comes to undisturbed',
  async (study) => {
    const first = STUDIES.indexOf(study) * (1 + KILLED);
    const [left, ...killed] = places.slice(first, first + 1 + KILLED);
    if (!left) throw new Error('no place');
    const [expected, ...dirs] = await Promise.all([
      undisturbed(left, study.study),
      ...killed.map((place, index) =>
        killedAgainAndAgain(place, study, KILLS, 20_261 + first + index, 2_000),
      ),
    ]);
    expect(expected).toHaveLength(study.runs);
    expect(dirs).toHaveLength(KILLED);
    for (const dir of dirs.flat()) {
      expect(await endedRuns(dir)).toEqual(expected);
      await requireOnce(dir);
    }
  },
);
