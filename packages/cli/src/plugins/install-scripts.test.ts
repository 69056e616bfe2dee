import { expect, it } from 'vitest';
import { forbidInstallScripts } from './install-scripts.js';

const after = (id: string | undefined, env: NodeJS.ProcessEnv = {}) => {
  forbidInstallScripts(id, env);
  return env['npm_config_ignore_scripts'];
};

it.each(['plugins', 'plugins:install', 'plugins:update'])('turns install scripts off for %s', (id) => {
  expect(after(id)).toBe('true');
});

it.each([undefined, 'run', 'pluginsomething'])('leaves %s alone', (id) => {
  expect(after(id)).toBeUndefined();
});

it('lets the user have them', () => {
  expect(after('plugins:install', { npm_config_ignore_scripts: 'false' })).toBe('false');
});
