/** How a service ended that was not asked to. */
import type { ServiceExit } from '@llem/core';
import { demand } from '../../rule.js';
import { inTime } from '../../settle.js';
import { ask } from '../life.js';
import { SOON_MS } from '../lab.js';
import type { RunnerSubject } from '../subject.js';
import { ruleOfStarting } from './rule.js';

const inWords = ({ code, signal }: ServiceExit) => JSON.stringify({ code, signal });

function demandExit(exit: ServiceExit, code: number | null, signal: string | null, of: string): void {
  demand(
    exit.code === code && exit.signal === signal,
    `${of} was to be told as ${inWords({ code, signal })}, and was as ${inWords(exit)}.`,
  );
}

export const exitRules = [
  ruleOfStarting('runner.exit.code', 'tells the exit code of a service that ends by itself', async (lab) => {
    const service = await lab.serve();
    await ask(`${service.endpoint.baseUrl}/exit?value=7`);
    const exit = await inTime('`exited` of a service that ended', SOON_MS, service.exited);
    demandExit(exit, 7, null, 'An exit with 7');
  }),

  ruleOfStarting('runner.exit.at-once', 'tells the exit code of a service that ends at once', async (lab) => {
    const service = await lab.start(await lab.request({ orders: { ends: { lines: 1, code: 3 } } }));
    const exit = await inTime('`exited` of a service that ended at once', SOON_MS, service.exited);
    demandExit(exit, 3, null, 'An exit with 3');
  }),

  {
    ...ruleOfStarting('runner.exit.signal', 'tells the signal that killed a process', async (lab) => {
      const service = await lab.serve();
      await ask(`${service.endpoint.baseUrl}/die`);
      const exit = await inTime('`exited` of a service that was killed', SOON_MS, service.exited);
      demandExit(exit, null, 'SIGKILL', 'A death by SIGKILL');
    }),
    leftOut: ({ optionsFor, container }: RunnerSubject) =>
      optionsFor !== null
        ? 'it starts nothing'
        : container !== null
          ? 'the first process of a container cannot kill itself'
          : null,
  },

  ruleOfStarting('runner.exit.left-behind', 'ends what a service that ended has left behind', async (lab) => {
    const service = await lab.serve({ orders: { child: true } });
    const child = await lab.life(service, 'child');
    await ask(`${service.endpoint.baseUrl}/exit?value=0`);
    await inTime('`exited` of a service that ended', SOON_MS, service.exited);
    await inTime('stop() of a service that has ended', SOON_MS, service.stop());
    await lab.demandNothingLeft([child], 'after its parent has ended and stop() has returned');
  }),
];
