/** The plugin: the runner PLUGIN_ID, an engine as a process of this machine with a priority of your choice. */
import { definePlugin, failed, ok, type Check, type Runner } from '@llem/core';
import { freePort, LOOPBACK, loopbackCheck } from '@llem/localhost';
import { optionsSchema } from './options.js';
import { startService } from './service.js';

export const { options, create } = definePlugin(optionsSchema, (_context, settings): Runner => ({
  // A process of this machine. The others are 'container', and 'elsewhere' for a server that runs whether llem does or not.
  place: 'process',
  // What `llem doctor` and every study ask before they start.
  checks: () => [platform, loopbackCheck('PLUGIN_ID.loopback')],
  // Where the next service will listen; the backend puts it into the engine's command.
  target: async () => ({ host: LOOPBACK, port: await freePort() }),
  start: (request, signal) => startService(settings, request, signal),
  // Left out, because this runner has no such thing:
  // `prepare`  brings what a service needs before anything is measured, such as an image;
  // `trials`   checks that need what `prepare` brings;
  // `secrets`  environment variables that must not be stored or shown.
}));

const platform: Check = {
  id: 'PLUGIN_ID.platform',
  title: 'Process groups',
  run: () =>
    Promise.resolve(
      process.platform === 'win32'
        ? failed('Windows has no process groups.', 'Run llem inside WSL 2.')
        : ok(`Engines run as process groups under ${process.platform}.`),
    ),
};
