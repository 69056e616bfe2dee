/** Where the tools of the Hugging Face Hub keep models, and how they reach it: the variables that all of them read. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { HubFolders } from '../container.js';

/** An empty variable is as good as none. */
const variable = (name: string): string | null => {
  const value = process.env[name]?.trim() ?? '';
  return value === '' ? null : value;
};

const expanded = (path: string): string => resolve(path.replace(/^~(?=\/|$)/, homedir()));

/** HF_HOME, `~/.cache/huggingface`: caches of several kinds, and a token. */
export const hubHome = (): string =>
  expanded(
    variable('HF_HOME') ?? join(variable('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'huggingface'),
  );

/** HF_HUB_CACHE: the models. */
export const hubCache = (): string =>
  expanded(variable('HF_HUB_CACHE') ?? variable('HUGGINGFACE_HUB_CACHE') ?? join(hubHome(), 'hub'));

/** Both, for a container. */
export const hubFolders = (): HubFolders => ({ hubHome: hubHome(), hubCache: hubCache() });

/** How the Hub is reached. */
export interface HubAccess {
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** Goes into requests to `endpoint`, and nowhere else; null: none. */
  readonly token: string | null;
  /** True where the user has said that the network is not to be used. */
  readonly offline: boolean;
  /** Longest time without an answer or a further piece of it, in milliseconds. */
  readonly patienceMs: number;
}

const DEFAULT_PATIENCE_S = 30;

/** From the environment, and from the token that `hf auth login` has left. */
export function hubAccess(): HubAccess {
  const patienceS = Number(variable('HF_HUB_DOWNLOAD_TIMEOUT') ?? DEFAULT_PATIENCE_S);
  return {
    endpoint: (variable('HF_ENDPOINT') ?? 'https://huggingface.co')
      .replace(/\/+$/, '')
      // Not a place for a password: it would stand in messages, and `fetch` takes none there.
      .replace(/\/\/[^/]*@/, '//'),
    token: variable('HF_TOKEN') ?? variable('HUGGING_FACE_HUB_TOKEN') ?? storedToken(),
    offline: /^(?:1|true|yes|on)$/i.test(variable('HF_HUB_OFFLINE') ?? ''),
    patienceMs: (patienceS > 0 ? patienceS : DEFAULT_PATIENCE_S) * 1_000,
  };
}

function storedToken(): string | null {
  try {
    return (
      readFileSync(expanded(variable('HF_TOKEN_PATH') ?? join(hubHome(), 'token')), 'utf8').trim() || null
    );
  } catch {
    return null;
  }
}
