/** Where the engine is: what `docker` on the same command line would take. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_SOCKET, engineAddress, isOnThisMachine, placeOf, type Environment } from './address.js';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'llem-docker-home-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const environment = (more: Environment = {}): Environment => ({
  HOME: home,
  XDG_RUNTIME_DIR: join(home, 'run'),
  ...more,
});
function write(path: string, content: unknown): void {
  const whole = join(home, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, typeof content === 'string' ? content : JSON.stringify(content));
}
const idOf = (name: string) => createHash('sha256').update(name).digest('hex');
const writeContext = (name: string, docker: unknown, folder = '.docker') =>
  write(`${folder}/contexts/meta/${idOf(name)}/meta.json`, {
    Name: name,
    Metadata: {},
    Endpoints: { docker },
  });

describe('DOCKER_HOST', () => {
  it.each([
    ['unix:///run/x.sock', 'unix:///run/x.sock'],
    ['unix://', `unix://${DEFAULT_SOCKET}`],
    ['tcp://127.0.0.1:2375', 'tcp://127.0.0.1:2375'],
    ['localhost:2375', 'tcp://localhost:2375'],
    [':2375', 'tcp://127.0.0.1:2375'],
    ['tcp://:2375', 'tcp://127.0.0.1:2375'],
    ['ssh://me@gpu-box', 'ssh://me@gpu-box'],
  ])('%s is %s', (named, url) => {
    expect(engineAddress(environment({ DOCKER_HOST: named }))).toEqual({
      url,
      from: 'DOCKER_HOST',
      tls: null,
    });
  });

  it.each([['npipe:////./pipe/docker_engine'], ['fd://'], ['http://127.0.0.1:2375'], ['tcp://a b']])(
    '%s is refused in words',
    (named) => {
      const address = () => engineAddress(environment({ DOCKER_HOST: named }));
      expect(address).toThrow(named);
      expect(address).toThrow(
        expect.objectContaining({ code: 'LLEM_E_START', failureClass: 'docker-context' }),
      );
    },
  );

  it('comes before every context', () => {
    const env = environment({ DOCKER_HOST: 'unix:///a.sock', DOCKER_CONTEXT: 'nowhere' });
    expect(placeOf(engineAddress(env))).toBe('unix:///a.sock (DOCKER_HOST)');
  });

  it('is spoken to over TLS with the files of DOCKER_CERT_PATH, or of the settings', () => {
    write('certs/ca.pem', 'CA');
    write('.docker/key.pem', 'KEY');
    const env = environment({ DOCKER_HOST: 'tcp://127.0.0.1:2376', DOCKER_TLS_VERIFY: '1' });
    expect(engineAddress({ ...env, DOCKER_CERT_PATH: join(home, 'certs') }).tls).toEqual({
      ca: Buffer.from('CA'),
      cert: undefined,
      key: undefined,
      verify: true,
    });
    expect(engineAddress(env).tls?.key).toEqual(Buffer.from('KEY'));
  });

  it('with TLS and without a file of it says where one is missing', () => {
    const env = environment({ DOCKER_HOST: 'tcp://127.0.0.1:2376', DOCKER_TLS_VERIFY: '1' });
    expect(() => engineAddress(env)).toThrow(join(home, '.docker'));
  });
});

describe('a context', () => {
  it('is the one of DOCKER_CONTEXT, with its files for TLS', () => {
    writeContext('box', { Host: 'tcp://127.0.0.1:2376', SkipTLSVerify: true });
    write(`.docker/contexts/tls/${idOf('box')}/docker/cert.pem`, 'CERT');
    expect(engineAddress(environment({ DOCKER_CONTEXT: 'box' }))).toEqual({
      url: 'tcp://127.0.0.1:2376',
      from: 'the context "box" (DOCKER_CONTEXT)',
      tls: { ca: undefined, cert: Buffer.from('CERT'), key: undefined, verify: false },
    });
  });

  it('is else the current one of the settings, also of another folder of settings', () => {
    writeContext('rootless', { Host: 'unix:///run/user/1000/docker.sock' }, 'settings');
    write('settings/config.json', { currentContext: 'rootless', auths: {} });
    const { url, from } = engineAddress(environment({ DOCKER_CONFIG: join(home, 'settings') }));
    expect(url).toBe('unix:///run/user/1000/docker.sock');
    expect(from).toBe(`the context "rootless" (currentContext of ${join(home, 'settings', 'config.json')})`);
  });

  it('named default is none', () => {
    write('.docker/config.json', { currentContext: 'x' });
    expect(engineAddress(environment({ DOCKER_CONTEXT: 'default' })).from).toBe('default');
  });

  it('that is not there is an error, not a silent default', () => {
    const address = () => engineAddress(environment({ DOCKER_CONTEXT: 'gone' }));
    expect(address).toThrow('The context "gone" (DOCKER_CONTEXT) is not there');
    expect(address).toThrow(expect.objectContaining({ failureClass: 'docker-context' }));
  });

  it.each([['not JSON'], [{ Endpoints: {} }], [{ Endpoints: { docker: { Host: 7 } } }]])(
    'whose file is broken is named: %j',
    (content) => {
      write(`.docker/contexts/meta/${idOf('x')}/meta.json`, content);
      expect(() => engineAddress(environment({ DOCKER_CONTEXT: 'x' }))).toThrow('meta.json is not what');
    },
  );

  it('is none where the settings are broken: they are named', () => {
    write('.docker/config.json', '{');
    expect(() => engineAddress(environment())).toThrow(join(home, '.docker', 'config.json'));
  });
});

describe('without a word of it', () => {
  it.each([
    ['run/docker.sock'],
    ['.docker/run/docker.sock'],
    ['.docker/desktop/docker.sock'],
    ['run/podman/podman.sock'],
  ])('the socket %s is found, unless there is that of the system', (socket) => {
    write(socket, '');
    const { url, from } = engineAddress(environment());
    expect([`unix://${join(home, socket)}`, `unix://${DEFAULT_SOCKET}`]).toContain(url);
    expect(from).toBe('default');
  });
});

describe('this machine', () => {
  it.each([
    ['unix:///x.sock', true],
    ['tcp://localhost:1', true],
    ['tcp://127.0.0.9:1', true],
    ['tcp://[::1]:1', true],
    [`tcp://${hostname()}:1`, true],
    ['tcp://192.0.2.1:2375', false],
    ['tcp://gpu-box:2375', false],
    ['ssh://localhost', false],
  ])('%s: %s', (url, expected) => {
    expect(isOnThisMachine({ url, from: 'DOCKER_HOST', tls: null })).toBe(expected);
  });
});
