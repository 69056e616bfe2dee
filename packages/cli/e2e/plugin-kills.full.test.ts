/** `kill -9` of `llem plugins install` at any moment: the plugins are those of before or those of after, each of them whole. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { workplace, type Workplace } from './llem.js';
import { packToy, TOY_MODULE, toyManifest } from './plugin-packages.js';

/** The last two are left alone: one for each version. */
const ROUNDS = 12;
const KILLED = ROUNDS - 2;
/** So many that a kill hits while they are linked, written or removed. */
const FILES = Object.fromEntries(
  Array.from({ length: 800 }, (_, index) => [`data/${index}.txt`, String(index)] as const),
);

let place: Workplace;
beforeEach(async () => {
  place = await workplace();
});
afterEach(() => place.remove());

it('leaves a whole plugin of either version', async () => {
  const tarballs = await Promise.all(
    ['1.0.0', '2.0.0'].map((version) =>
      packToy(place.dir, `toy-${version}`, {
        version,
        llem: toyManifest({ module: './module.js' }),
        files: {
          ...FILES,
          'module.js': `import './version-${version}.js';\n${TOY_MODULE}`,
          [`version-${version}.js`]: '',
        },
      }),
    ),
  );
  const begun = performance.now();
  expect((await place.llem(['plugins', 'install', tarballs[0] ?? ''])).code).toBe(0);
  const wholeMs = performance.now() - begun;
  const seen = new Set<string>();
  for (let round = 1; round <= ROUNDS; round += 1) {
    const { child, finished } = place.start(['plugins', 'install', tarballs[round % 2] ?? '']);
    if (round <= KILLED) {
      await sleep((wholeMs * 1.1 * round) / KILLED);
      child.kill('SIGKILL');
    }
    await finished;
    const catalog = await place.llem(['catalog', 'toy']);
    expect(catalog.code, catalog.stderr).toBe(0);
    const version = /llem-backend-toy (\S+)\)/.exec(catalog.stdout)?.[1] ?? catalog.stdout;
    expect(['1.0.0', '2.0.0']).toContain(version);
    seen.add(version);
  }
  // Nothing is left over but what the last change found: the generation that it replaced, and the one before that.
  const left = await readdir(join(place.dir, 'data', 'llem', 'plugins'));
  expect(left.map((name) => name.replace(/^\d+$/, 'N')).sort()).toEqual(['.lock', 'N', 'N', 'N', 'current']);
  expect(await readdir(join(place.dir, 'data', 'llem'))).toHaveLength(3);
  expect([...seen].sort()).toEqual(['1.0.0', '2.0.0']);
});
