/**
 * A real npm registry (verdaccio) on this machine, in a process of its own. Packages of llem are only what a test publishes to
 * it; all others come from the registry that npm is configured with here.
 */
import { execFile, fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';

const PROCESS = fileURLToPath(new URL('npm-registry-process.mjs', import.meta.url));
const HOST = '127.0.0.1';

export interface NpmRegistry extends AsyncDisposable {
  /** Ends with a slash. */
  readonly url: string;
  /**
   * To be added to a process's environment, after its own: npm, and whatever starts it, then installs from this registry and
   * publishes to it, with a cache of its own and no setting of the user's.
   */
  readonly env: Readonly<Record<string, string>>;
  /** The folder of a package as the registry stores it: its `package.json` of all versions, and the tarballs. */
  stored(name: string): string;
  /** Ends the process and removes everything that was published and cached. */
  stop(): Promise<void>;
}

/** Starts an empty registry and waits until it answers. */
export async function startNpmRegistry(): Promise<NpmRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'llem-npm-registry-'));
  let server: ChildProcess | null = null;
  const stop = async () => {
    if (server !== null && server.exitCode === null && server.signalCode === null) {
      const exit = once(server, 'exit');
      server.kill('SIGKILL');
      await exit;
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const configuration = join(folder, 'verdaccio.yaml');
    await writeFile(configuration, JSON.stringify(configured(folder, await upstream())));
    server = start(configuration, join(folder, 'log'));
    const url = `http://${HOST}:${await portOf(server, join(folder, 'log'))}/`;
    const userconfig = join(folder, 'npmrc');
    await writeFile(userconfig, `//${new URL(url).host}/:_authToken=${await tokenFrom(url)}\n`);
    return {
      url,
      env: {
        ...withoutSettingsOfNpm(),
        npm_config_registry: url,
        npm_config_userconfig: userconfig,
        npm_config_globalconfig: join(folder, 'global-npmrc'),
        npm_config_cache: join(folder, 'cache'),
        npm_config_noproxy: HOST,
        npm_config_audit: 'false',
        npm_config_fund: 'false',
        npm_config_update_notifier: 'false',
      },
      stored: (name) => join(folder, 'storage', name),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Upstream {
  readonly url: string;
  /** Certificates that it is trusted by, as PEM, where npm is told of some. */
  readonly ca?: string;
}

/** The registry that npm is configured with here. */
async function upstream(): Promise<Upstream> {
  const { stdout } = await promisify(execFile)('npm', ['config', 'get', 'registry', 'cafile']);
  const settings = new Map(
    stdout.split('\n').map((line) => [/^\w+/.exec(line)?.[0], line.replace(/^\w+=/, '')]),
  );
  const url = settings.get('registry') ?? '';
  const cafile = settings.get('cafile') ?? 'null';
  return cafile === 'null' ? { url } : { url, ca: await readFile(cafile, 'utf8') };
}

/** Only who is logged in publishes; JSON web tokens, as others are checked against a slow hash with each request. */
function configured(folder: string, upstream: Upstream) {
  const own = { access: '$all', publish: '$authenticated', unpublish: '$authenticated' };
  return {
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd') } },
    security: { api: { jwt: { sign: { expiresIn: '1d' } } } },
    uplinks: { upstream: { ...upstream, maxage: '1h', max_fails: 100 } },
    packages: { '@llem/*': own, 'llem-*': own, '**': { ...own, proxy: 'upstream' } },
    publish: { allow_offline: true },
    max_body_size: '64mb',
    web: { enable: false },
    log: { type: 'stdout', format: 'json', level: 'warn' },
  };
}

function start(configuration: string, log: string): ChildProcess {
  const output = openSync(log, 'a');
  try {
    return fork(PROCESS, [configuration], { execArgv: [], stdio: ['ignore', output, output, 'ipc'] });
  } finally {
    closeSync(output);
  }
}

async function portOf(server: ChildProcess, log: string): Promise<number> {
  const ended = new AbortController();
  server.once('exit', () => ended.abort());
  try {
    const [port] = z
      .tuple([z.int(), z.unknown()])
      .parse(await once(server, 'message', { signal: ended.signal }));
    return port;
  } catch (error) {
    throw new Error(`The npm registry did not start. Its log:\n${await readFile(log, 'utf8')}`, {
      cause: error,
    });
  }
}

/** Makes a user, as `npm login` does. */
async function tokenFrom(url: string): Promise<string> {
  const answer = await fetch(`${url}-/user/org.couchdb.user:llem`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'llem', password: randomUUID() }),
  });
  return z.object({ token: z.string() }).parse(await answer.json()).token;
}

/** npm takes its settings from variables in any case and passes over empty ones: these are empty. */
function withoutSettingsOfNpm(): Record<string, string> {
  const names = Object.keys(process.env).filter((name) => /^npm_config_/i.test(name));
  return Object.fromEntries(names.map((name) => [name, '']));
}
