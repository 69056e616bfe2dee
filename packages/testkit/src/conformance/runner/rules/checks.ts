/** What it tells of this machine before anything starts. */
import { demandNames, findingsOf } from '../../checks.js';
import { demand } from '../../rule.js';
import { inTime, wordsOf } from '../../settle.js';
import { SOON_MS } from '../lab.js';
import { rule } from './rule.js';

const MODELS = ['a-model'];

export const checkRules = [
  rule('runner.checks.named', 'its checks have dotted ids of their own and titles', async (lab) => {
    const { runner } = lab;
    const { spec } = await lab.request();
    for (const checks of [runner.checks([]), runner.checks([spec], MODELS)]) demandNames(checks);
    if (runner.trials) demandNames(runner.trials([spec]));
  }),

  rule('runner.checks.total', 'its checks find something, whatever they are asked of', async (lab) => {
    const { runner } = lab;
    const [one, two] = [await lab.request(), await lab.request()];
    await findingsOf(runner.checks([]));
    await findingsOf(runner.checks([one.spec, two.spec], MODELS));
    if (!runner.trials) return;
    await findingsOf(runner.trials([]));
    await runner.prepare?.(one.spec, new AbortController().signal, () => undefined);
    await findingsOf(runner.trials([one.spec]));
  }),

  rule('runner.prepare', 'prepares twice, tells in words, and ends when it is aborted', async (lab) => {
    const { runner } = lab;
    const { spec } = await lab.request();
    const told: unknown[] = [];
    for (let time = 0; time < 2; time += 1)
      await runner.prepare?.(spec, new AbortController().signal, (text) => told.push(text));
    demand(
      told.every((text) => typeof text === 'string' && text !== ''),
      'What it tells while it prepares is to be words.',
    );
    const reason = new Error('The suite has enough.');
    const aborted = Promise.resolve(runner.prepare?.(spec, AbortSignal.abort(reason), () => undefined));
    const thrown = await inTime(
      'An aborted prepare()',
      SOON_MS,
      aborted.then(
        () => reason,
        (error: unknown) => error,
      ),
    );
    demand(
      thrown === reason,
      `An aborted prepare() rejects with the reason, and did with: ${wordsOf(thrown)}`,
    );
  }),
];
