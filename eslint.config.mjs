import { builtinModules } from 'node:module';
import eslint from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Who may import whom: the data's way, one direction. A plugin knows core alone, may read files of the kernel with sysfs, and start something on this machine with localhost; the cli finds plugins, it imports none. */
const layers = {
  core: [],
  study: ['core'],
  loadgen: ['core'],
  results: ['core', 'localhost'],
  harness: ['core', 'study', 'loadgen', 'localhost'],
  testkit: ['core'],
  sysfs: [],
  localhost: ['core'],
  serving: ['core'],
  'create-plugin': ['core'],
  plugin: ['core', 'sysfs', 'localhost', 'serving'],
  cli: ['core', 'study', 'results', 'harness', 'localhost'],
};
/** Tests may use what their layer may, and the testkit; those of the cli drive the whole product. */
const testLayers = Object.fromEntries(
  Object.entries(layers).map(([layer, allowed]) => [
    layer,
    layer === 'cli' ? Object.keys(layers) : [...allowed, 'testkit'],
  ]),
);
const boundaries = (allowedByLayer) => ({
  '@nx/enforce-module-boundaries': [
    'error',
    {
      depConstraints: Object.entries(allowedByLayer).map(([layer, allowed]) => ({
        sourceTag: `type:${layer}`,
        onlyDependOnLibsWithTags: allowed.map((name) => `type:${name}`),
      })),
      enforceBuildableLibDependency: false,
      banTransitiveDependencies: false,
      allow: [],
    },
  ],
});

export default tseslint.config(
  { ignores: ['**/dist/', '.nx/', 'results/**', 'coverage/**'] },
  eslint.configs.recommended,
  {
    files: ['packages/*/{src,e2e}/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { '@nx': nx },
    languageOptions: {
      parserOptions: { project: ['tsconfig.tests.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      ...boundaries(layers),
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/prefer-nullish-coalescing': 'off',
      '@typescript-eslint/dot-notation': 'off',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['packages/*/src/**/*.{test,fixture}.ts', 'packages/*/e2e/**/*.ts'],
    rules: {
      ...boundaries(testLayers),
      '@typescript-eslint/no-floating-promises': 'error',
      'max-lines': 'off',
    },
  },
  {
    // The contracts: no I/O, and nothing of Node, so that they mean the same wherever a plugin runs.
    files: ['packages/core/src/**/*.ts'],
    ignores: ['**/*.{test,fixture}.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: ['node:*'], paths: builtinModules }],
      'no-restricted-globals': ['error', 'process', 'Buffer', 'global', 'require', '__dirname', '__filename'],
    },
  },
  {
    // Templates belong to no project of TypeScript until a plugin is made from them.
    files: ['vitest*.config.ts', 'packages/create-plugin/templates/**/*.ts'],
    extends: [tseslint.configs.recommended],
  },
  {
    files: ['**/*.mjs', 'packages/*/bin/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        performance: 'readonly',
        AbortSignal: 'readonly',
        Buffer: 'readonly',
        fetch: 'readonly',
      },
    },
  },
);
