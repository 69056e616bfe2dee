/** Where the tools of the Hugging Face Hub keep what they fetch, and where they fetch it from. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

const variable = (name: string): string | null => {
  const value = process.env[name]?.trim() ?? '';
  return value === '' ? null : value;
};

/** As the tools of the Hub resolve them. `home` holds token and caches, `cache` the models. Absolute. */
export function hubHome(): { readonly home: string; readonly cache: string } {
  const expanded = (path: string) => resolve(path.replace(/^~(?=\/|$)/, homedir()));
  const cacheHome = variable('XDG_CACHE_HOME') ?? join(homedir(), '.cache');
  const home = expanded(variable('HF_HOME') ?? join(cacheHome, 'huggingface'));
  const cache = variable('HF_HUB_CACHE') ?? variable('HUGGINGFACE_HUB_CACHE') ?? join(home, 'hub');
  return { home, cache: expanded(cache) };
}
