/** What the service writes. */
import { appendFileSync, existsSync, truncateSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { demand } from '../../rule.js';
import { inTime } from '../../settle.js';
import { ask } from '../life.js';
import { SOON_MS, type Lab } from '../lab.js';
import { WORDS } from '../orders.js';
import { rule, ruleOfStarting } from './rule.js';

const LOOK_MS = 20;
/** From a write to the log. */
const WRITTEN_MS = 5_000;
const LINES = 20_000;

/** Waits until the log has a line. */
export async function awaitLine(lab: Lab, line: string): Promise<void> {
  const has = () => existsSync(lab.logPath) && lab.log().split('\n').includes(line);
  const until = performance.now() + WRITTEN_MS;
  while (!has()) {
    demand(performance.now() < until, `The log does not have the line "${line}".`);
    await pause(LOOK_MS);
  }
}

export const logRules = [
  ruleOfStarting('runner.log.both', 'the log has standard output and standard error', async (lab) => {
    await lab.serve();
    for (const line of [WORDS.up, WORDS.upOnStderr]) await awaitLine(lab, line);
  }),

  rule('runner.log.kept', 'leaves what is in the log already', async (lab) => {
    appendFileSync(lab.logPath, 'earlier\n');
    await lab.serve();
    demand(lab.log().startsWith('earlier\n'), 'What was in the log before the start is gone.');
  }),

  ruleOfStarting('runner.log.appended', 'goes on at the end of a log that was cut meanwhile', async (lab) => {
    const service = await lab.serve();
    await awaitLine(lab, WORDS.up);
    truncateSync(lab.logPath, 0);
    await ask(`${service.endpoint.baseUrl}/say?value=more`);
    await awaitLine(lab, 'more').catch(() => undefined);
    demand(
      lab.log() === 'more\n',
      'A log that was cut to nothing does not begin with what comes next: it has to be opened for appending.',
    );
  }),

  ruleOfStarting('runner.log.whole', 'the log is whole when the service has ended', async (lab) => {
    const request = await lab.request({ orders: { ends: { lines: LINES, code: 0 } } });
    const service = await lab.start(request);
    await inTime('`exited` of a service that ends at once', SOON_MS, service.exited);
    const lines = lab.log().split('\n');
    demand(
      lines.at(-2) === WORDS.last && lines.length >= LINES + 2,
      'The log does not end with what the service wrote last, though `exited` has settled.',
    );
  }),
];
