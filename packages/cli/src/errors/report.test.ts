import { PassThrough } from 'node:stream';
import { llemError } from '@llem/core';
import { Errors } from '@oclif/core';
import { describe, expect, it } from 'vitest';
import { noticeOf, reportFailure } from './report.js';

function report(error: unknown, { debug = false, json = false } = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = reportFailure(error, { debug, json, stdout, stderr });
  const text = (stream: PassThrough) => {
    const read: unknown = stream.read();
    return Buffer.isBuffer(read) ? read.toString() : '';
  };
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

describe('reportFailure', () => {
  const study = llemError('LLEM_E_STUDY', 'study.yaml:4:3: unknown key "a"', { remedy: 'Remove it.' });

  it('prints what happened and what to do, and gives the exit code of the catalogue', () => {
    expect(report(study)).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: study.yaml:4:3: unknown key "a"\n  what to do: Remove it.\n',
    });
    expect(report(llemError('LLEM_E_PREFLIGHT', 'x', { remedy: 'y' })).code).toBe(1);
    expect(report(llemError('LLEM_E_INTERRUPTED', 'x', { remedy: 'y' })).code).toBe(130);
  });

  it('adds one JSON line for programs', () => {
    expect(report(study, { json: true }).stdout).toBe(
      '{"type":"error","code":"LLEM_E_STUDY","message":"study.yaml:4:3: unknown key \\"a\\"","remedy":"Remove it."}\n',
    );
  });

  it('shows the stack and its causes only when asked', () => {
    const error = llemError('LLEM_E_STORE', 'disk', { remedy: 'Make room.', cause: new Error('ENOSPC') });
    expect(report(error).stderr).not.toContain('    at ');
    const { stderr } = report(error, { debug: true });
    expect(stderr).toContain('    at ');
    expect(stderr).toContain('caused by: Error: ENOSPC');
  });

  it.each([
    new TypeError('x is not a function\n  details'),
    'a string',
    null,
    undefined,
    { message: 'plain' },
  ])('calls anything else a bug, in one line: %s', (thrown) => {
    const { code, stderr } = report(thrown);
    expect(code).toBe(1);
    expect(stderr.split('\n')).toHaveLength(3);
    expect(stderr).toContain('This is a bug in llem');
    expect(stderr).toContain('--debug');
    expect(noticeOf(thrown).code).toBe('LLEM_E_UNEXPECTED');
  });
});

describe('noticeOf', () => {
  it("takes oclif's errors for wrong usage and keeps its suggestions", () => {
    const error = new Errors.CLIError('Nonexistent flag: --fast\nSee more help with --help', {
      suggestions: ['Use --no-gaps.'],
    });
    expect(noticeOf(error)).toMatchObject({
      message: 'unknown flag: --fast',
      remedy: 'Use --no-gaps.',
      exitCode: 2,
    });
  });

  it('says nothing where a command just ends', () => {
    expect(noticeOf(new Errors.ExitError(3))).toMatchObject({ silent: true, exitCode: 3 });
  });

  it('takes an error of a second copy of core for ours', () => {
    const foreign = Object.assign(new Error('m'), { code: 'LLEM_E_START', remedy: 'r' });
    expect(noticeOf(foreign)).toMatchObject({ code: 'LLEM_E_START', exitCode: 1 });
  });
});
