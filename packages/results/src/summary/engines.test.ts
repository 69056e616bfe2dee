/** A study that goes on with another engine than it began with. */
import { expect, it } from 'vitest';
import { fixtureExperiment, fixturePlan, fixtureRecord } from '../study.fixture.js';
import { summarise } from './summarise.js';

const NAME = 'vllm/vllm-openai:latest';

function judged(engines: readonly { version: string | null; id: string | null }[], minSeconds = 30) {
  const plan = fixturePlan({ experiments: [fixtureExperiment('aaa', minSeconds)], cycles: engines.length });
  const records = plan.runs.map((run, index) => {
    const record = fixtureRecord(run);
    const { version = null, id = null } = engines[index] ?? {};
    const image = id === null ? null : { name: NAME, id, digest: null };
    return { ...record, engine: { ...record.engine, version, image } };
  });
  const [experiment] = summarise(plan, records).experiments;
  return { verdict: experiment?.verdict, reasons: experiment?.reasons ?? [] };
}

it('is not publishable where a tag has come to name another image, or the engine was updated', () => {
  const [old, young] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`];
  expect(
    judged([
      { version: '0.11.0', id: old },
      { version: '0.11.0', id: old },
      { version: '0.11.1', id: young },
    ]),
  ).toEqual({
    verdict: 'not-publishable',
    reasons: [
      'The runs are not of one engine, they differ in its version: 0.11.0 in cycle 1, 2; 0.11.1 in cycle 3.',
      `The runs are not of one engine, they differ in its image: ${NAME} aaaaaaaaaaaa in cycle 1, 2; ${NAME} bbbbbbbbbbbb in cycle 3.`,
    ],
  });
  expect(
    judged(
      [
        { version: '1', id: old },
        { version: '1', id: young },
      ],
      10,
    ).verdict,
  ).toBe('not-publishable');
});

it('is publishable with the same one throughout, also where a run does not tell which', () => {
  const id = `sha256:${'a'.repeat(64)}`;
  const { verdict, reasons } = judged([
    { version: '1', id },
    { version: null, id },
    { version: '1', id: null },
  ]);
  expect({ verdict, reasons }).toEqual({ verdict: 'publishable', reasons: [] });
});
