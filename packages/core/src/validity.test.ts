/** The verdict of a run from its checks. */
import { expect, test } from 'vitest';
import { isPublishable, type CheckResult } from './validity.js';

const check = (ok: boolean, severity: CheckResult['severity']): CheckResult => ({
  id: 'window-length',
  ok,
  severity,
  value: 30,
  limit: 30,
  message: 'Looked at.',
});

test.each<readonly [string, readonly CheckResult[], boolean]>([
  ['no check at all', [], false],
  ['every check passed', [check(true, 'invalid'), check(true, 'warning')], true],
  ['only warnings failed', [check(true, 'invalid'), check(false, 'warning')], true],
  [
    'one that counts failed',
    [check(true, 'invalid'), check(false, 'invalid'), check(true, 'warning')],
    false,
  ],
])('a run with %s is publishable or not', (_, checks, publishable) => {
  expect(isPublishable(checks)).toBe(publishable);
});
