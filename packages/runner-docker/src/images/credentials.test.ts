/** Credentials as `docker login` and its helpers leave them. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credentialsFor } from './credentials.js';

const signal = new AbortController().signal;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llem-docker-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const settings = (content: unknown) =>
  writeFileSync(join(folder, 'config.json'), typeof content === 'string' ? content : JSON.stringify(content));
const find = (host: string, abort = signal) =>
  credentialsFor(
    host,
    { ...process.env, DOCKER_CONFIG: folder, PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` },
    abort,
  );
/** A helper that is asked for a server on its standard input. */
function helper(name: string, script: string): void {
  const path = join(folder, `docker-credential-${name}`);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('of the settings', () => {
  it('are none where nobody logged in', async () => {
    expect(await find('ghcr.io')).toEqual({ auth: null, trouble: null });
    settings({ auths: { 'quay.io': { auth: base64('u:p') } } });
    expect(await find('ghcr.io')).toEqual({ auth: null, trouble: null });
  });

  it.each([
    ['ghcr.io', 'ghcr.io'],
    ['ghcr.io', 'https://ghcr.io/v1/'],
    ['127.0.0.1:5000', '127.0.0.1:5000'],
    ['docker.io', 'https://index.docker.io/v1/'],
  ])('of %s stand under %s', async (host, key) => {
    settings({ auths: { [key]: { auth: base64('user:pass:word') } } });
    expect((await find(host)).auth).toMatchObject({ username: 'user', password: 'pass:word' });
  });

  it('may be a token', async () => {
    settings({ auths: { 'x.io': { auth: base64('user:'), identitytoken: 'TOKEN' } } });
    expect((await find('x.io')).auth).toEqual({ serveraddress: 'x.io', identitytoken: 'TOKEN' });
  });

  it('are told to be missing where they cannot be read', async () => {
    settings('{"auths": ');
    const { auth, trouble } = await find('x.io');
    expect(auth).toBeNull();
    expect(trouble).toContain('config.json cannot be read');
  });
});

describe('of a helper', () => {
  it('are asked of the one for the registry before the one for all', async () => {
    helper('own', `cat > ${folder}/asked; echo '{"ServerURL":"","Username":"me","Secret":"s3cret"}'`);
    settings({ credsStore: 'other', credHelpers: { 'x.io': 'own' } });
    expect(await find('x.io')).toEqual({
      auth: { serveraddress: 'x.io', username: 'me', password: 's3cret' },
      trouble: null,
    });
    expect(readFileSync(join(folder, 'asked'), 'utf8')).toBe('x.io');
  });

  it('are asked of the one for all, for Docker Hub by its old name', async () => {
    helper('all', `cat > ${folder}/asked; echo '{"Username":"<token>","Secret":"T"}'`);
    settings({ credsStore: 'all', auths: { 'https://index.docker.io/v1/': {} } });
    expect((await find('docker.io')).auth).toMatchObject({ identitytoken: 'T' });
    expect(readFileSync(join(folder, 'asked'), 'utf8')).toBe('https://index.docker.io/v1/');
  });

  it('may be none', async () => {
    helper('empty', 'echo "credentials not found in native keychain"; exit 1');
    settings({ credsStore: 'empty' });
    expect(await find('x.io')).toEqual({ auth: null, trouble: null });
  });

  it.each([
    ['that fails', 'echo "locked: hunter2" >&2; echo hunter2; exit 3', 'failed with exit code 3'],
    ['that talks nonsense', 'echo hunter2', 'gave no credentials that can be read'],
  ])('%s is told, without what it said', async (_, script, words) => {
    helper('bad', script);
    settings({ credsStore: 'bad' });
    const { auth, trouble } = await find('x.io');
    expect(auth).toBeNull();
    expect(trouble).toContain(`docker-credential-bad`);
    expect(trouble).toContain(words);
    expect(trouble).not.toContain('hunter2');
  });

  it('that is not installed is told', async () => {
    settings({ credsStore: 'nowhere' });
    expect((await find('x.io')).trouble).toContain(
      'docker-credential-nowhere, which keeps the credentials of Docker, is not installed',
    );
  });

  it('that waits is left when the wait is aborted', async () => {
    helper('slow', `touch ${folder}/began; exec sleep 60`);
    settings({ credsStore: 'slow' });
    const controller = new AbortController();
    const finding = find('x.io', controller.signal);
    await expect.poll(() => readFileSync(join(folder, 'began'), 'utf8')).toBe('');
    controller.abort(new Error('enough'));
    await expect(finding).rejects.toThrow('enough');
  });
});
