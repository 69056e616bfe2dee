/** Which processes the service has. */
import { demand } from '../../rule.js';
import { rule, ruleOfStarting } from './rule.js';

/** Also where it is that of another user. */
function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

export const processRules = [
  rule('runner.processes.real', 'tells processes that are there, or null', async (lab) => {
    const service = await lab.serve();
    const pids: readonly number[] | null = await service.processes();
    const wrong = pids?.find((pid) => !Number.isInteger(pid) || pid < 1 || !isThere(pid));
    demand(
      wrong === undefined,
      `processes() tells of ${String(wrong)}, which is no process of this machine.`,
    );
  }),

  {
    ...ruleOfStarting(
      'runner.processes.all',
      'tells all processes of a service, its children too, or null',
      async (lab) => {
        const service = await lab.serve({ orders: { child: true } });
        const lives = [await lab.life(service, 'service'), await lab.life(service, 'child')];
        const pids = await service.processes();
        const missing =
          pids === null
            ? []
            : lives.filter(({ pid }) => lab.runner.place === 'process' && !pids.includes(pid));
        demand(
          missing.length === 0,
          `processes() does not tell of ${missing.map(({ pid }) => pid).join(', ')}.`,
        );
        demand(
          pids === null || pids.length >= lives.length,
          'processes() does not tell of the child of the service.',
        );
      },
    ),
  },

  rule('runner.processes.after', 'processes() does not reject after the end', async (lab) => {
    const service = await lab.serve();
    await service.stop();
    const pids = await service.processes();
    demand(pids === null || pids.length === 0, `processes() tells of ${String(pids)} after the end.`);
  }),
];
