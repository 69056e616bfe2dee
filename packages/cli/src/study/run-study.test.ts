import { describe, expect, it } from 'vitest';
import { exitCodeOfStudy, preflightError } from './run-study.js';

describe('exitCodeOfStudy', () => {
  const study = (
    over: {
      completed?: number;
      overloaded?: number;
      failed?: number;
      skipped?: number;
      interrupted?: boolean;
    },
    verdict = 'publishable',
  ) => ({
    outcome: { completed: 2, overloaded: 0, failed: 0, skipped: 0, interrupted: false, ...over },
    summary: { verdict },
  });

  it.each([
    [study({}), undefined, 0],
    [study({}, 'demonstration'), undefined, 0],
    [study({ completed: 0, failed: 2 }), undefined, 1],
    [study({ failed: 1 }), undefined, 3],
    [study({ completed: 0, overloaded: 3 }, 'overloaded'), undefined, 0],
    [study({ completed: 1, overloaded: 3 }), 'publishable' as const, 0],
    [study({ completed: 0, overloaded: 3 }, 'overloaded'), 'publishable' as const, 4],
    [study({ completed: 0, overloaded: 2, failed: 1 }, 'not-publishable'), undefined, 3],
    [study({}), 'publishable' as const, 0],
    [study({}, 'demonstration'), 'publishable' as const, 4],
    [study({}, 'not-publishable'), 'publishable' as const, 4],
    [study({ failed: 1 }, 'not-publishable'), 'publishable' as const, 3],
    [study({ skipped: 1 }, 'not-publishable'), undefined, 3],
    [study({ completed: 0, interrupted: true }), undefined, 130],
  ])('%j with --require %s exits %i', (run, require, code) => {
    expect(exitCodeOfStudy(run.outcome, run.summary, require)).toBe(code);
  });
});

describe('preflightError', () => {
  const failed = (id: string) => ({
    id,
    status: 'failed' as const,
    message: `${id} is off`,
    remedy: `turn ${id} on`,
  });

  it('is the finding itself when one failed', () => {
    const findings = [failed('a'), { id: 'b', status: 'warning' as const, message: 'w', remedy: 'r' }];
    expect(preflightError(findings)).toMatchObject({
      code: 'LLEM_E_PREFLIGHT',
      message: 'a: a is off',
      remedy: 'turn a on',
    });
  });

  it('lists all that failed, each with its own remedy', () => {
    const { message } = preflightError([failed('a'), failed('b')]);
    expect(message).toContain('2 checks failed');
    expect(message).toContain('a: a is off\n    what to do: turn a on');
    expect(message).toContain('b: b is off\n    what to do: turn b on');
  });
});
