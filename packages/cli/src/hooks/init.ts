/** Before any command: a plugin being installed runs no install scripts of its own, unless the user says so. */
import type { Hook } from '@oclif/core';
import { forbidInstallScripts } from '../plugins/install-scripts.js';

const hook: Hook<'init'> = ({ id }) => {
  forbidInstallScripts(id, process.env);
  return Promise.resolve();
};

export default hook;
