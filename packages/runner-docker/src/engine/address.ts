/** Where the Docker engine is, and who says so: DOCKER_HOST, a context of the command line, or a default socket. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { llemError, type LlemError } from '@llem/core';
import { isOwnAddress } from '@llem/localhost';
import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface EngineTls {
  /** Of PEM files; undefined where there is none. */
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  /** False where a context says that the engine's certificate is not to be checked. */
  readonly verify: boolean;
}

export interface EngineAddress {
  /** `unix:///var/run/docker.sock`, `tcp://127.0.0.1:2375`, `ssh://host`. */
  readonly url: string;
  /** Who says so: `DOCKER_HOST`, `the context "x" (DOCKER_CONTEXT)`, `default`. */
  readonly from: string;
  /** Null where the connection is not encrypted. */
  readonly tls: EngineTls | null;
}

export const DEFAULT_SOCKET = '/var/run/docker.sock';

const settingsSchema = z.looseObject({ currentContext: z.string().optional() });
const contextSchema = z.looseObject({
  Endpoints: z.looseObject({
    docker: z.looseObject({ Host: z.string(), SkipTLSVerify: z.boolean().optional() }),
  }),
});

/**
 * The engine that `docker` on the same command line would speak to; without a word of it, the first default socket that is
 * there. Contacts nobody. Throws LLEM_E_START of the class `docker-context`.
 */
export function engineAddress(env: Environment): EngineAddress {
  const named = env['DOCKER_HOST'];
  if (named) return { url: engineUrl(named, 'DOCKER_HOST'), from: 'DOCKER_HOST', tls: tlsOf(env) };
  const context = chosenContext(env);
  if (context === null || context.name === 'default') {
    return { url: `unix://${defaultSocket(env)}`, from: 'default', tls: null };
  }
  return contextAddress(env, context.name, `the context "${context.name}" (${context.from})`);
}

/** As it is told to people. */
export const placeOf = ({ url, from }: EngineAddress): string => `${url} (${from})`;

/** The folder of the settings of `docker`, with contexts and credentials. */
export function settingsFolder(env: Environment): string {
  return env['DOCKER_CONFIG'] || join(home(env), '.docker');
}

/** Whether an engine at this address can be on this machine: what it is asked to run has to be next to the meters. */
export function isOnThisMachine({ url }: EngineAddress): boolean {
  if (url.startsWith('unix:')) return true;
  const { protocol, hostname } = new URL(url);
  return protocol === 'tcp:' && isOwnAddress(hostname);
}

/** As `docker` reads it: without a scheme it is TCP, without a port that of its protocol. */
function engineUrl(text: string, from: string): string {
  const scheme = /^([a-z]+):\/\//i.exec(text)?.[1]?.toLowerCase() ?? null;
  if (scheme === 'unix') return text.slice('unix://'.length) ? text : `unix://${DEFAULT_SOCKET}`;
  if (scheme === 'npipe') {
    throw contextError(
      `${from} names a pipe of Windows, ${text}, which llem cannot use.`,
      'Run llem in a Linux of WSL 2 with the integration of Docker Desktop on, and unset it there.',
    );
  }
  if (scheme !== null && scheme !== 'tcp' && scheme !== 'ssh') {
    throw contextError(
      `${from} is "${text}"; llem knows unix:// and tcp:// addresses.`,
      'Give it as in `export DOCKER_HOST=unix:///var/run/docker.sock`, or unset it.',
    );
  }
  const whole = scheme === null ? `tcp://${text}` : text;
  // `new URL` takes no address of TCP without a host, and `docker` means this machine by it.
  const withHost = whole.replace(/^tcp:\/\/(?=:|\/|$)/i, 'tcp://127.0.0.1');
  if (!URL.canParse(withHost)) {
    throw contextError(
      `${from} is "${text}", which is no address.`,
      'Give it as in `export DOCKER_HOST=unix:///var/run/docker.sock`, or unset it.',
    );
  }
  return withHost;
}

/** Which context was asked for, and by what; null: none. */
function chosenContext(env: Environment): { name: string; from: string } | null {
  const named = env['DOCKER_CONTEXT'];
  if (named) return { name: named, from: 'DOCKER_CONTEXT' };
  const path = join(settingsFolder(env), 'config.json');
  const text = readIfThere(path)?.toString('utf8');
  if (text === undefined) return null;
  const current = parsed(settingsSchema, text, path).currentContext;
  return current ? { name: current, from: `currentContext of ${path}` } : null;
}

/** `docker` keeps each context in a folder that is named after the SHA-256 of its name. */
function contextAddress(env: Environment, name: string, from: string): EngineAddress {
  const id = createHash('sha256').update(name).digest('hex');
  const contexts = join(settingsFolder(env), 'contexts');
  const path = join(contexts, 'meta', id, 'meta.json');
  const text = readIfThere(path)?.toString('utf8');
  if (text === undefined) {
    throw contextError(
      `${from} is not there: no file ${path}.`,
      'See `docker context ls`, and choose one that is there with `docker context use default`.',
    );
  }
  const { Host, SkipTLSVerify } = parsed(contextSchema, text, path).Endpoints.docker;
  const pem = pemFiles(join(contexts, 'tls', id, 'docker'));
  return { url: engineUrl(Host, from), from, tls: pem && { ...pem, verify: SkipTLSVerify !== true } };
}

/** Of DOCKER_HOST: a context has files of its own. */
function tlsOf(env: Environment): EngineTls | null {
  if (!env['DOCKER_TLS_VERIFY']) return null;
  const folder = env['DOCKER_CERT_PATH'] || settingsFolder(env);
  const pem = pemFiles(folder);
  if (pem === null) {
    throw contextError(
      `DOCKER_TLS_VERIFY is set, and there is no ca.pem, cert.pem or key.pem in ${folder}.`,
      'Name the folder that has them in DOCKER_CERT_PATH, or unset DOCKER_TLS_VERIFY.',
    );
  }
  return { ...pem, verify: true };
}

/** Null where there is none of them. */
function pemFiles(folder: string): Omit<EngineTls, 'verify'> | null {
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readIfThere(join(folder, name)));
  return (ca ?? cert ?? key) ? { ca, cert, key } : null;
}

/** Where nothing is, the one that everybody knows, so that the error names it. */
function defaultSocket(env: Environment): string {
  const runtime = env['XDG_RUNTIME_DIR'] || `/run/user/${process.getuid?.() ?? 0}`;
  const places = [
    DEFAULT_SOCKET,
    // Rootless Docker.
    join(runtime, 'docker.sock'),
    // Docker Desktop on macOS, and on Linux.
    join(home(env), '.docker', 'run', 'docker.sock'),
    join(home(env), '.docker', 'desktop', 'docker.sock'),
    join(runtime, 'podman', 'podman.sock'),
    '/run/podman/podman.sock',
  ];
  return places.find((place) => existsSync(place)) ?? DEFAULT_SOCKET;
}

const home = (env: Environment): string => env['HOME'] || homedir();

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const why = error instanceof Error ? error.message : String(error);
    throw contextError(`${path} cannot be read: ${why}.`, `Make it readable: \`chmod u+r ${path}\`.`);
  }
}

function parsed<T>(schema: z.ZodType<T>, text: string, path: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw contextError(
      `${path} is not what \`docker\` writes there.`,
      'Correct it, or name the engine in DOCKER_HOST, as in `export DOCKER_HOST=unix:///var/run/docker.sock`.',
    );
  }
}

const contextError = (message: string, remedy: string): LlemError =>
  llemError('LLEM_E_START', message.charAt(0).toUpperCase() + message.slice(1), {
    remedy,
    failureClass: 'docker-context',
  });
