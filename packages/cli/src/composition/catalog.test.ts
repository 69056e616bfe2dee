import type { StudyCatalog } from '@llem/study';
import { expect, it, vi } from 'vitest';
import type { Provided } from '../plugins/discovery.js';
import { createPluginModules, type PluginModules } from '../plugins/modules.js';
import { toldOnce, withMentioned } from './catalog.js';

const SOUND = `
  export const options = { jsonSchema: {}, parse: (value) => ({ ok: true, value }) };
  export const create = () => ({});`;

/** Backends that come with llem, and one that the user has added. */
function backends(sources: Readonly<Record<string, string>>): PluginModules {
  const provided = Object.entries(sources).map(([id, source]): Provided => ({
    kind: 'backend',
    id,
    package: `backend-${id}`,
    version: '1.0.0',
    source: id === 'added' ? 'user' : 'core',
    moduleUrl: `data:text/javascript,${encodeURIComponent(source)}`,
  }));
  return createPluginModules({ provided, problems: [], unknown: [] }, { cacheDir: '/cache' });
}

const silent = (message: string) => {
  throw new Error(message);
};

it('reads with the plugins that are mentioned, as words of their own, and imports no other', async () => {
  const torn = 'import "no-such-library";';
  const modules = backends({ named: SOUND, name: torn, added: torn });
  const texts = ['model: added-value', 'backend: named'];
  const read = await withMentioned(modules, silent, texts, (catalog) => [...catalog.backends.keys()]);
  expect(read).toEqual(['named']);
});

it('reads again with those that it asks for, and knows why one cannot be used', async () => {
  const modules = backends({ named: SOUND, other: SOUND, idle: SOUND, added: 'import "no-such-library";' });
  const reading = withMentioned(modules, silent, ['backend: named'], ({ backends, whyUnusable }) => {
    whyUnusable?.('backend', 'other');
    throw new Error(`${[...backends.keys()].join()} ${whyUnusable?.('backend', 'added') ?? 'no reason'}`);
  });
  await expect(reading).rejects.toThrow(
    /^named,other The backend "added" of backend-added 1.0.0 cannot be loaded: .* Update it with/,
  );
});

it('gives the names of all that are installed where something is wrong, and imports none for that', async () => {
  const modules = backends({ named: SOUND, added: 'await new Promise(() => undefined);' });
  const read = vi.fn(({ installed }: StudyCatalog): never => {
    throw new Error(`known here: ${installed?.('backend').join() ?? 'nothing'}`);
  });
  await expect(withMentioned(modules, silent, ['backend: adde'], read)).rejects.toThrow(
    'known here: named,added',
  );
  expect(read).toHaveBeenCalledOnce();
});

it('tells of plugins that cannot be used where they are mentioned, or not known', async () => {
  const problem = (name: string, ids: readonly string[] | null) => ({
    package: name,
    message: `${name}!`,
    remedy: 'Mend it.',
    ...(ids === null ? {} : { provides: ids.map((id) => ({ kind: 'backend', id })) }),
  });
  const problems = [problem('a', ['x']), problem('b', ['y']), problem('c', null)];
  const modules = createPluginModules({ provided: [], problems, unknown: [] }, { cacheDir: '/cache' });
  const told: string[] = [];
  await withMentioned(
    modules,
    (message) => told.push(message),
    ['backend: y'],
    () => null,
  );
  expect(told).toEqual(['c! Mend it.', 'b! Mend it.']);
});

it('tells a message once', () => {
  const told: string[] = [];
  const warn = toldOnce((message) => told.push(message));
  for (const message of ['a', 'b', 'a']) warn(message);
  expect(told).toEqual(['a', 'b']);
});
