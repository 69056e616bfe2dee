/** The package.json of a new plugin: all that llem knows of it before its code runs. */
import { CONTRACT_VERSION, type PluginKind } from '@llem/core';
import type { PluginRequest } from './request.js';
import type { OwnPackage } from './versions.js';

/** Where it is going to live: a package for others to install, or a part of this repository. */
export type Place = 'outside' | 'workspace';

const DESCRIPTION: Readonly<Record<PluginKind, (id: string) => string>> = {
  backend: (id) => `The engine ${id} for llem.`,
  runner: (id) => `The runner ${id} for llem.`,
  meter: (id) => `The energy meter ${id} for llem.`,
  dataset: (id) => `The prompts of ${id} for llem.`,
};

export function packageJson({ kind, id, packageName }: PluginRequest, own: OwnPackage, place: Place): string {
  const isOutside = place === 'outside';
  const dependencies = {
    '@llem/core': own.dependencies['@llem/core'],
    ...(kind === 'runner' ? { '@llem/localhost': own.devDependencies['@llem/localhost'] } : {}),
    zod: own.dependencies.zod,
  };
  const { '@llem/testkit': testkit, '@types/node': nodeTypes, typescript, vitest } = own.devDependencies;
  const manifest = {
    name: packageName,
    version: '0.1.0',
    description: DESCRIPTION[kind](id),
    license: 'MIT',
    type: 'module',
    engines: own.engines,
    keywords: ['llem-plugin'],
    exports: {
      '.': { types: `./dist/${kind}.d.ts`, default: `./dist/${kind}.js` },
      './package.json': './package.json',
    },
    files: [
      'dist',
      ...(kind === 'dataset' ? ['prompts.txt'] : []),
      ...(isOutside ? [] : ['!dist/.tsbuildinfo']),
    ],
    scripts: isOutside
      ? { build: 'tsc', test: 'npm run build && vitest run', prepublishOnly: 'npm test' }
      : { build: 'tsc -b' },
    // What comes with llem itself is found by oclif, which asks for it.
    ...(isOutside ? {} : { oclif: {} }),
    llem: { contract: `^${CONTRACT_VERSION}`, provides: [{ kind, id, module: `./dist/${kind}.js` }] },
    dependencies,
    devDependencies: {
      '@llem/testkit': testkit,
      ...(isOutside ? { '@types/node': nodeTypes, typescript, vitest } : {}),
    },
    ...(isOutside ? {} : { nx: { tags: ['type:plugin'] } }),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
