import { expect, it } from 'vitest';
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

it('reads with the plugins that are mentioned and with those that the user has added', async () => {
  const modules = backends({ named: SOUND, other: 'import "no-such-library";', added: SOUND });
  const texts = ['model: a', 'backend: named'];
  const read = await withMentioned(modules, silent, texts, (catalog) => [...catalog.backends.keys()]);
  expect(read).toEqual(['named', 'added']);
});

it('reads again with all of them where something is wrong, and tells what cannot be loaded once', async () => {
  const modules = backends({ named: SOUND, other: SOUND, added: 'import "no-such-library";' });
  const told: string[] = [];
  const warn = toldOnce((message) => told.push(message));
  const reading = withMentioned(modules, warn, ['backend: named'], (catalog) => {
    throw new Error([...catalog.backends.keys()].join());
  });
  await expect(reading).rejects.toThrow('named,other');
  expect(told).toEqual([
    expect.stringMatching(/^The backend "added" of backend-added 1.0.0 cannot be loaded/),
  ]);
});
