/** The checks of a plugin as `llem doctor` and preflight have them. */
import type { Check, Finding } from '@llem/core';
import { returned } from './returns.js';
import { demand } from './rule.js';
import { inTime, wordsOf } from './settle.js';

/** For a check without a limit of its own, as in preflight. */
const USUAL_LIMIT_MS = 30_000;
const DOTTED = /^[a-z0-9_-]+(\.[a-zA-Z0-9_-]+)+$/;
const STATUSES: readonly unknown[] = ['ok', 'warning', 'failed'];

/** Runs all of them and gives what they find. Rejects where one throws, takes too long, or finds what makes no sense. */
export async function findingsOf(checks: readonly Check[]): Promise<readonly Finding[]> {
  return Promise.all(checks.map(findingOf));
}

/** Rejects unless each has a dotted id of its own and a title. */
export function demandNames(checks: readonly Check[]): void {
  for (const { id, title } of checks) {
    demand(
      typeof id === 'string' && DOTTED.test(id),
      `The check "${id}" needs a dotted id such as foo.readable.`,
    );
    demand(typeof title === 'string' && title !== '', `The check ${id} needs a title.`);
  }
  const ids = checks.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  demand(twice === undefined, `Two checks have the id ${twice ?? ''}.`);
}

async function findingOf(check: Check): Promise<Finding> {
  const { id, limitMs = USUAL_LIMIT_MS } = check;
  let finding: Finding;
  try {
    const running = returned(`\`run\` of the check ${id}`, () => check.run(AbortSignal.timeout(limitMs)));
    finding = await inTime(`The check ${id}`, limitMs, running);
  } catch (error) {
    throw new Error(`The check ${id} is to find something, whatever is wrong, and threw: ${wordsOf(error)}`, {
      cause: error,
    });
  }
  demandSense(id, finding);
  return finding;
}

function demandSense(id: string, finding: Finding): void {
  demand(typeof finding === 'object', `The check ${id} gave something else in place of a finding.`);
  const { status, message, remedy, absent } = finding;
  demand(STATUSES.includes(status), `The check ${id} found the status ${status}.`);
  demand(typeof message === 'string' && message !== '', `The check ${id} has to say what it found.`);
  demand(typeof remedy === 'string', `The check ${id} found no remedy: "" where there is none.`);
  demand(
    (remedy === '') === (status === 'ok'),
    `The check ${id} is to name a remedy where something is wrong, and there alone.`,
  );
  demand(
    absent === undefined || status === 'failed',
    `The check ${id} found something absent that has not failed.`,
  );
}
