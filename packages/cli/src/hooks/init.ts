/** Before any command: a plugin being installed runs no install scripts of its own, unless the user says so. */
import type { Hook } from '@oclif/core';

/**
 * npm runs install scripts of whatever it installs; a measuring tool has no use for them. Who needs them for a plugin
 * sets `npm_config_ignore_scripts=false` for that command.
 */
const hook: Hook<'init'> = function (options) {
  if (options.id === undefined || !/^plugins(:|$)/.test(options.id)) return Promise.resolve();
  process.env['npm_config_ignore_scripts'] ??= 'true';
  return Promise.resolve();
};

export default hook;
