import eslint from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Who may import whom: the data's way, one direction. Every plugin knows core alone. */
const layers = {
  core: [],
  study: ['core'],
  loadgen: ['core'],
  results: ['core', 'study'],
  harness: ['core', 'study', 'loadgen'],
  testkit: ['core'],
  plugin: ['core'],
  cli: ['core', 'study', 'results', 'harness', 'plugin'],
};
const depConstraints = (extra) =>
  Object.entries(layers).map(([layer, allowed]) => ({
    sourceTag: `type:${layer}`,
    onlyDependOnLibsWithTags: [...allowed, ...extra].map((name) => `type:${name}`),
  }));
const boundaries = (extra = []) => ({
  '@nx/enforce-module-boundaries': [
    'error',
    {
      depConstraints: depConstraints(extra),
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
      ...boundaries(),
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
    files: ['packages/*/src/**/*.test.ts', 'packages/*/e2e/**/*.ts'],
    rules: {
      ...boundaries(['testkit', 'plugin', 'results', 'harness', 'study', 'loadgen']),
      '@typescript-eslint/no-floating-promises': 'error',
      'max-lines': 'off',
    },
  },
  {
    files: ['**/*.mjs', 'packages/cli/bin/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        Buffer: 'readonly',
        fetch: 'readonly',
      },
    },
  },
);
