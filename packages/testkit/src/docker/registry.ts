/** A real registry on this machine: Debian's docker-registry over HTTP, which engines take from 127.0.0.1 without more. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { freePort } from '../free-port.js';
import { askDocker, failureIn } from './api.js';
import { pathOf } from './requirements.js';
import { startThrottle, type Throttle } from './throttle.js';

const READY_WITHIN_MS = 30_000;
const POLL_MS = 25;

export interface RegistryOptions {
  /** Who may push and pull; by default everybody. */
  readonly auth?: { readonly user: string; readonly password: string };
  /** It gives no more bytes a second than this; it takes as fast as it can. */
  readonly bytesPerS?: number;
}

/** What becomes of the bytes of a layer: one in the midst is another, or the second half is missing. */
export type Damage = 'changed' | 'truncated';

export interface Registry extends AsyncDisposable {
  /** With its port; the names of its images begin so, `127.0.0.1:5000/engines:1`. */
  readonly host: string;
  /** Pushes an image of an engine under such a name. Throws what the engine says. */
  push(daemon: { readonly socketPath: string }, image: string, name: string): Promise<void>;
  /** Damages the layers of what was pushed under that name, on the registry's disk. */
  damage(name: string, how: Damage): void;
  stop(): Promise<void>;
}

/** Why a test with a registry cannot run here, in a sentence; null where it can. */
export function whyNoRegistry(): string | null {
  const missing = ['docker-registry', 'perl'].filter((program) => pathOf(program) === null);
  if (missing.length === 0) return null;
  return `not in the PATH: ${missing.join(', ')}; on Debian or Ubuntu: apt-get install docker-registry perl-base`;
}

/** Starts an empty registry and waits until it answers. */
export async function startRegistry({ auth, bytesPerS }: RegistryOptions = {}): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), 'llem-registry-'));
  const storage = join(folder, 'data');
  const port = await freePort();
  const server = run(folder, configuration(folder, port, auth));
  let throttle: Throttle | null = null;
  const stop = async () => {
    await throttle?.close();
    if (server.exitCode === null && server.signalCode === null) {
      const exit = once(server, 'exit');
      server.kill('SIGKILL');
      await exit;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(port, server, join(folder, 'log'));
    throttle = bytesPerS === undefined ? null : await startThrottle(port, bytesPerS);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host: `127.0.0.1:${throttle?.port ?? port}`,
    push: (daemon, image, name) => push(daemon.socketPath, image, named(name), auth),
    damage: (name, how) => damage(storage, named(name), how),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function configuration(folder: string, port: number, auth: RegistryOptions['auth']): string {
  const htpasswd = join(folder, 'htpasswd');
  if (auth) writeFileSync(htpasswd, `${auth.user}:${bcrypt(auth.password)}\n`);
  return JSON.stringify({
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: `127.0.0.1:${port}` },
    ...(auth ? { auth: { htpasswd: { realm: 'llem', path: htpasswd } } } : {}),
  });
}

/** The one hash that the registry takes. The C library has it, and Perl, which each Debian has, calls it. 4 is the least cost. */
function bcrypt(password: string): string {
  const salt = '$2y$04$' + 'llem'.repeat(5) + 'uu';
  return execFileSync('perl', ['-e', 'print crypt($ARGV[0], $ARGV[1])', password, salt], {
    encoding: 'utf8',
  });
}

function run(folder: string, settings: string): ChildProcess {
  const path = join(folder, 'config.yml');
  writeFileSync(path, settings);
  const output = openSync(join(folder, 'log'), 'a');
  try {
    return spawn('docker-registry', ['serve', path], { stdio: ['ignore', output, output] });
  } finally {
    closeSync(output);
  }
}

async function untilReady(port: number, server: ChildProcess, logPath: string): Promise<void> {
  for (const deadline = performance.now() + READY_WITHIN_MS; performance.now() < deadline;) {
    if (server.exitCode !== null) break;
    const answer = await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => null);
    if (answer !== null) return;
    await pause(POLL_MS);
  }
  throw new Error(`The registry did not start. Its log:\n${readFileSync(logPath, 'utf8')}`);
}

/** The parts of `host/path:tag`. */
interface Name {
  readonly repository: string;
  /** The repository as the registry knows it, without its host. */
  readonly path: string;
  readonly tag: string;
}

function named(name: string): Name {
  const [, repository, path, tag = 'latest'] = /^([^/]+\/(.+?))(?::([^:/]+))?$/.exec(name) ?? [];
  if (repository === undefined || path === undefined) {
    throw new Error(`${name} does not begin with the host of a registry`);
  }
  return { repository, path, tag };
}

async function push(
  socketPath: string,
  image: string,
  { repository, tag }: Name,
  auth: RegistryOptions['auth'],
): Promise<void> {
  const query = new URLSearchParams({ repo: repository, tag }).toString();
  const tagged = await askDocker(socketPath, 'POST', `/images/${image}/tag?${query}`);
  const credentials = { username: auth?.user ?? '', password: auth?.password ?? '' };
  const pushed = await askDocker(socketPath, 'POST', `/images/${repository}/push?tag=${tag}`, {
    headers: { 'x-registry-auth': padded(Buffer.from(JSON.stringify(credentials)).toString('base64url')) },
  });
  for (const { status, body } of [tagged, pushed]) {
    const failure = status < 400 ? failureIn(body) : body;
    if (failure !== null) throw new Error(`${image} was not pushed to ${repository}: ${failure}`);
  }
}

/** Engines up to 20.10 at least read nothing else. */
const padded = (base64: string): string => base64.padEnd(Math.ceil(base64.length / 4) * 4, '=');

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
/** Of an image, or, with `manifests`, of one image for each platform. */
const manifestSchema = z.object({
  layers: z.array(z.object({ digest, size: z.number() })).default([]),
  manifests: z.array(z.object({ digest })).default([]),
});

function damage(storage: string, { path: name, tag }: Name, how: Damage): void {
  const registry = join(storage, 'docker/registry/v2');
  const blob = (of: string) => join(registry, 'blobs/sha256', of.slice(7, 9), of.slice(7), 'data');
  const layersOf = (of: string): { digest: string; size: number }[] => {
    const { layers, manifests } = manifestSchema.parse(JSON.parse(readFileSync(blob(of), 'utf8')));
    return [...layers, ...manifests.flatMap((each) => layersOf(each.digest))];
  };
  const link = join(registry, 'repositories', name, '_manifests/tags', tag, 'current/link');
  for (const layer of layersOf(readFileSync(link, 'utf8').trim())) {
    const path = blob(layer.digest);
    const middle = Math.floor(layer.size / 2);
    if (how === 'truncated') truncateSync(path, middle);
    else {
      const bytes = readFileSync(path);
      bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
      writeFileSync(path, bytes);
    }
  }
}
