/** Credentials for a registry, as `docker login` left them. They go into a request to the engine, and nowhere else. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { settingsFolder, type Environment } from '../engine/address.js';

/** What the engine is given in the header X-Registry-Auth. */
export type RegistryAuth =
  | { readonly serveraddress: string; readonly username: string; readonly password: string }
  | { readonly serveraddress: string; readonly identitytoken: string };

export interface Credentials {
  /** Null: the registry is asked without. */
  readonly auth: RegistryAuth | null;
  /** Why none were found where some should be, a sentence; null: nothing is wrong. Holds no secret. */
  readonly trouble: string | null;
}

const NONE: Credentials = { auth: null, trouble: null };
const HELPER_LIMIT_MS = 10_000;
/** The key of Docker Hub, everywhere. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

const entrySchema = z.looseObject({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});
const settingsSchema = z.looseObject({
  auths: z.record(z.string(), entrySchema).optional(),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
});
/** The protocol of docker-credential-helpers. */
const helperAnswerSchema = z.looseObject({ Username: z.string(), Secret: z.string() });

/** Never throws but for an abort: without credentials the registry says what it thinks of that. */
export async function credentialsFor(
  host: string,
  env: Environment,
  signal: AbortSignal,
): Promise<Credentials> {
  const path = join(settingsFolder(env), 'config.json');
  const settings = await readSettings(path);
  if (settings === null) return NONE;
  if (settings === 'unreadable') {
    return { auth: null, trouble: `${path} cannot be read, so that no credentials were used.` };
  }
  const key = host === 'docker.io' ? DOCKER_HUB_KEY : host;
  const helper = settings.credHelpers?.[key] ?? settings.credHelpers?.[host] ?? settings.credsStore;
  if (helper) return askHelper(helper, key, env, signal);
  const entry = Object.entries(settings.auths ?? {}).find(([named]) => isSameHost(named, key));
  return entry ? { auth: fromEntry(entry[1], key), trouble: null } : NONE;
}

async function readSettings(path: string): Promise<z.output<typeof settingsSchema> | 'unreadable' | null> {
  try {
    return settingsSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isMissing ? null : 'unreadable';
  }
}

/** Old entries have a scheme and a path. */
function isSameHost(named: string, key: string): boolean {
  const host = (text: string) => text.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return named === key || host(named) === host(key);
}

function fromEntry(entry: z.output<typeof entrySchema>, serveraddress: string): RegistryAuth | null {
  if (entry.identitytoken) return { serveraddress, identitytoken: entry.identitytoken };
  const [username = '', ...rest] = Buffer.from(entry.auth ?? '', 'base64')
    .toString('utf8')
    .split(':');
  const password = rest.join(':').replace(/\0+$/, '');
  if (username && password) return { serveraddress, username, password };
  return entry.username && entry.password
    ? { serveraddress, username: entry.username, password: entry.password }
    : null;
}

async function askHelper(
  helper: string,
  serveraddress: string,
  env: Environment,
  signal: AbortSignal,
): Promise<Credentials> {
  const program = `docker-credential-${helper}`;
  const result = await execa(program, ['get'], {
    input: serveraddress,
    env,
    timeout: HELPER_LIMIT_MS,
    cancelSignal: signal,
    reject: false,
  });
  signal.throwIfAborted();
  if (result.failed) {
    // It has none, which it says on its standard output. What else it says there is not repeated: nobody knows what it holds.
    if (/credentials not found/i.test(result.stdout)) return NONE;
    const why = result.timedOut
      ? `did not answer in ${HELPER_LIMIT_MS / 1_000} s`
      : result.code === 'ENOENT'
        ? 'is not installed'
        : `failed with exit code ${result.exitCode ?? 'unknown'}`;
    return { auth: null, trouble: `${program}, which keeps the credentials of Docker, ${why}.` };
  }
  const answer = answerOf(result.stdout);
  if (answer === null) return { auth: null, trouble: `${program} gave no credentials that can be read.` };
  const { Username: username, Secret: secret } = answer;
  const auth =
    username === '<token>'
      ? { serveraddress, identitytoken: secret }
      : { serveraddress, username, password: secret };
  return { auth, trouble: null };
}

function answerOf(text: string): z.output<typeof helperAnswerSchema> | null {
  try {
    return helperAnswerSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
