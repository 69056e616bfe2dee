import { describe, expect, it } from 'vitest';
import { isTorn, npmFailure, withoutSecrets } from './npm-failure.js';

it('of a file that another plugin was from does not suspect the registry', () => {
  const stdout = JSON.stringify({ error: { code: 'EINTEGRITY', summary: 'sha512-x' } });
  const ofFile = npmFailure({ subject: 'file:/x/latest.tgz', stdout, stderr: '' });
  expect(ofFile.message).toContain('another plugin was installed from that file, which has changed since.');
  expect(npmFailure({ subject: 'foo@latest', stdout, stderr: '' }).message).toContain('registry');
});

it('of a package of which files could not be unpacked says why, whatever else npm says', () => {
  const long = npmFailure({
    subject: 'foo',
    stdout: '',
    stderr: 'npm warn tar TAR_ENTRY_ERROR EILSEQ: bad name',
  });
  expect(long.message).toBe('foo: a file of it cannot be unpacked here. npm says: bad name');
  const stderr = `npm warn deprecated x@1.0.0: old
npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device, write
npm error code EJSONPARSE`;
  expect(isTorn(stderr)).toBe(true);
  expect(isTorn('npm warn tar TAR_ENTRY_INFO stripping / from absolute path')).toBe(false);
  const stdout = JSON.stringify({ error: { code: 'EJSONPARSE', summary: 'Invalid package.json' } });
  const { message, remedy } = npmFailure({ subject: 'foo', stdout, stderr });
  expect(message).toBe('foo: the disk is full. npm says: no space left on device, write');
  expect(remedy).toContain('Make room');
});

const said = (code: string | null, summary = 'what npm says') =>
  npmFailure({
    subject: 'llem-backend-foo',
    stdout: JSON.stringify({ error: { code, summary, detail: 'more' } }),
    stderr: '',
  });

it.each([
  ['file:/x/foo-1.0.0.tgz', '@llem%2fcore', '@llem/core'],
  ['foo@latest', 'bar', 'bar'],
  ['foo@latest', 'foo', null],
  ['@a/foo@^1.0.0', '@a%2ffoo', null],
  ['https://127.0.0.1:1/foo.tgz', 'foo.tgz', null],
  ['foo@latest', 'foo/-/foo-1.0.0.tgz', null],
])('of %s, for which %s is asked, names the package that is lacking: %s', (subject, path, lacking) => {
  const summary = `Not Found - GET http://127.0.0.1:1/${path} - no such package`;
  const { message } = npmFailure({
    subject,
    stdout: JSON.stringify({ error: { code: 'E404', summary } }),
    stderr: '',
  });
  expect(message).toContain(
    lacking === null
      ? 'the registry has no such package'
      : `${subject}: it needs ${lacking}, which the registry`,
  );
});

describe('a failure of npm', () => {
  it.each([
    ['E404', 'LLEM_E_PLUGIN_MISSING', 'has no such package'],
    ['ETARGET', 'LLEM_E_PLUGIN_MISSING', 'no such version'],
    ['E401', 'LLEM_E_INSTALL', 'does not let you have it'],
    ['E403', 'LLEM_E_INSTALL', 'does not let you have it'],
    ['E500', 'LLEM_E_INSTALL', 'does not work now'],
    ['E429', 'LLEM_E_INSTALL', 'does not work now'],
    ['ENOTFOUND', 'LLEM_E_INSTALL', 'cannot be reached'],
    ['ECONNREFUSED', 'LLEM_E_INSTALL', 'cannot be reached'],
    ['ENOTCACHED', 'LLEM_E_INSTALL', 'work offline'],
    ['EINTEGRITY', 'LLEM_E_INSTALL', 'not what the registry says'],
    ['ENOSPC', 'LLEM_E_INSTALL', 'disk is full'],
    ['EACCES', 'LLEM_E_INSTALL', 'no permission'],
    ['ERESOLVE', 'LLEM_E_INSTALL', 'contradicts'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'LLEM_E_INSTALL', 'not trusted'],
    ['SOMETHING_NEW', 'LLEM_E_INSTALL', 'npm failed'],
    [null, 'LLEM_E_INSTALL', 'npm failed'],
  ])('with %s is %s', (code, ours, why) => {
    const error = said(code);
    expect(error.code).toBe(ours);
    expect(error.message).toContain(why);
    expect(error.message).toMatch(/^llem-backend-foo: .* npm says: what npm says$/);
    expect(error.remedy).toContain('What was installed before is unchanged.');
  });

  it('is told in one line, whatever npm prints', () => {
    const long = `first \u001b[31mred\u001b[0m\nsecond ${'x'.repeat(1_000)}`;
    expect(said(null, long).message).toBe('llem-backend-foo: npm failed. npm says: first red');
    expect(said(null, 'y'.repeat(1_000)).message.length).toBeLessThan(400);
  });

  it.each([
    ['', 'npm error code EACCES\nnpm error syscall mkdir\n', 'there is no permission to write'],
    ['no JSON', 'Segmentation fault\n', 'npm says: Segmentation fault'],
    ['{}', '', 'npm failed.'],
    ['', '', 'npm failed.'],
  ])('is told from what there is: %j, %j', (stdout, stderr, expected) => {
    expect(npmFailure({ subject: 'x', stdout, stderr }).message).toContain(expected);
  });
});

it.each([
  ['GET https://jo:s3cret@host/x.tgz', 'GET https://***@host/x.tgz'],
  ['//host/:_authToken=abcdef', '//host/:_authToken=***'],
  ['authorization: Bearer abcdef', 'authorization: Bearer ***'],
  ['npm_0123456789abcdefghijklmnopqrstuvwxyz', 'npm_***'],
  ['https://host/x.tgz?token=abc&v=1', 'https://host/x.tgz?***'],
  ['"https://host/x?password=a&X-Amz-Signature=b#c" failed', '"https://host/x?***#c" failed'],
  ['is it there? https://host/x', 'is it there? https://host/x'],
  ['https://host/@scope/x@1.0.0', 'https://host/@scope/x@1.0.0'],
  ['the registry has no token', 'the registry has no token'],
])('takes secrets out of %s', (text, expected) => {
  expect(withoutSecrets(text)).toBe(expected);
});
