/** What an abort ends. */
import { setTimeout as pause } from 'node:timers/promises';
import { demand } from '../../rule.js';
import { inTime, rejection, wordsOf } from '../../settle.js';
import { SOON_MS } from '../lab.js';
import { rule, ruleOfStarting } from './rule.js';

/** After the start was asked for. */
const MOMENTS_MS = [0, 5, 30];
const REASON = new Error('The suite has enough.');

export const abortRules = [
  rule(
    'runner.abort.before',
    'an abort before the start rejects with its reason, and nothing starts',
    async (lab) => {
      const request = await lab.request();
      const what = 'start() with a signal that is aborted';
      const error = await inTime(
        what,
        SOON_MS,
        rejection(what, lab.start(request, AbortSignal.abort(REASON))),
      );
      demand(error === REASON, `${what} rejects with its reason, and did with: ${wordsOf(error)}`);
      await lab.demandNothingStarted([request.spec], `after ${what}`);
    },
  ),

  rule(
    'runner.abort.meanwhile',
    'an abort during the start rejects with its reason, or ends the service, soon',
    async (lab) => {
      const requests = await Promise.all(
        MOMENTS_MS.map(async (ms) => {
          const request = await lab.request({ spec: { stopGraceS: 0.5 } });
          const life = new AbortController();
          const starting = lab.start(request, life.signal);
          // The service may have been started by then.
          const ended = starting.then(async ({ exited }) => {
            await exited;
            return REASON;
          });
          ended.catch(() => undefined);
          await pause(ms);
          life.abort(REASON);
          const what = 'start() that is aborted meanwhile';
          const error = await inTime(
            what,
            SOON_MS,
            ended.catch((reason: unknown) => reason),
          );
          demand(error === REASON, `${what} rejects with its reason, and did with: ${wordsOf(error)}`);
          return request;
        }),
      );
      await lab.demandNothingStarted(
        requests.map(({ spec }) => spec),
        'after an aborted start',
      );
    },
  ),

  rule('runner.abort.later', 'an abort after the start ends the service', async (lab) => {
    const life = new AbortController();
    const service = await lab.serve({ spec: { stopGraceS: 0.5 } }, life.signal);
    life.abort(REASON);
    await inTime('`exited` after an abort', SOON_MS, service.exited);
  }),

  ruleOfStarting('runner.abort.nothing-left', 'an abort leaves no process behind', async (lab) => {
    const life = new AbortController();
    const change = { orders: { deaf: true, child: true }, spec: { stopGraceS: 0.2 } };
    const service = await lab.serve(change, life.signal);
    const lives = [await lab.life(service, 'service'), await lab.life(service, 'child')];
    life.abort(REASON);
    await lab.demandNothingLeft(lives, 'after an abort', SOON_MS);
  }),
];
