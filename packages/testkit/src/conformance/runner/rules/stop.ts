/** How a service is ended. */
import { isDeepStrictEqual } from 'node:util';
import { demand } from '../../rule.js';
import { inTime } from '../../settle.js';
import { SOON_MS, type Lab } from '../lab.js';
import { WORDS } from '../orders.js';
import { awaitLine } from './log.js';
import { rule, ruleOfStarting } from './rule.js';

const STUBBORN = { deaf: true, child: true } as const;
/** Long enough to be told from none, in seconds. */
const SHORT_GRACE_S = 0.5;
const LONG_GRACE_S = 300;

/** A service that has to be killed, with its child. */
async function serveStubborn(lab: Lab, stopGraceS: number) {
  const service = await lab.serve({ orders: STUBBORN, spec: { stopGraceS } });
  return { service, lives: [await lab.life(service, 'service'), await lab.life(service, 'child')] };
}

export const stopRules = [
  ruleOfStarting('runner.stop.asks', 'asks a service to end before it kills it', async (lab) => {
    const service = await lab.serve();
    const exit = await inTime('stop() of a service that ends when it is asked', SOON_MS, service.stop());
    demand(exit.code === 0, 'A service that ends by itself on SIGTERM was not given the chance.');
    await awaitLine(lab, WORDS.asked);
  }),

  ruleOfStarting('runner.stop.grace', 'gives a service the grace of its spec', async (lab) => {
    const { service } = await serveStubborn(lab, SHORT_GRACE_S);
    const fromMs = performance.now();
    await inTime('stop() of a service that does not end by itself', SOON_MS, service.stop());
    const waitedS = (performance.now() - fromMs) / 1_000;
    demand(
      waitedS >= SHORT_GRACE_S * 0.9,
      `A service with ${SHORT_GRACE_S} s of grace was killed after ${waitedS.toFixed(2)} s.`,
    );
  }),

  ruleOfStarting('runner.stop.kills', 'kills what does not end in time, its children too', async (lab) => {
    const { service, lives } = await serveStubborn(lab, LONG_GRACE_S);
    await inTime('stop(0.1) of a service that does not end by itself', SOON_MS, service.stop(0.1));
    await lab.demandNothingLeft(lives, 'after stop() has returned');
  }),

  ruleOfStarting('runner.stop.hastened', 'the shortest grace counts, also while it waits', async (lab) => {
    const { service } = await serveStubborn(lab, LONG_GRACE_S);
    const patient = service.stop();
    const both = Promise.all([service.stop(0.1), patient]);
    await inTime('stop() with another stop(0.1) after it', SOON_MS, both);
  }),

  rule('runner.stop.again', 'stop() may be called twice at once, again, and after the end', async (lab) => {
    const service = await lab.serve();
    const exits = await inTime('stop()', SOON_MS, Promise.all([service.stop(), service.stop()]));
    const again = await inTime('stop() after the end', SOON_MS, service.stop());
    const all = [...exits, again, await inTime('`exited` after stop()', SOON_MS, service.exited)];
    demand(
      all.every((exit) => isDeepStrictEqual(exit, all[0])),
      `The end of one service is told in several ways: ${JSON.stringify(all)}.`,
    );
  }),
];
