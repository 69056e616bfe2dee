/** The plugin: the runner PLUGIN_ID, an engine as a process of this machine with a priority of your choice. */
import { definePlugin, failed, ok, type Check, type Runner } from '@llem/core';
import {
  findProgram,
  freePort,
  LOOPBACK,
  loopbackCheck,
  processGroupCheck,
  requireProgram,
  startProcessGroup,
} from '@llem/localhost';
import { FRONT, withPriority } from './command.js';
import { optionsSchema } from './options.js';

export const { options, create } = definePlugin(optionsSchema, (_context, settings): Runner => ({
  // A process of this machine. The others are 'container', and 'elsewhere' for a server that runs whether llem does or not.
  place: 'process',
  // What `llem doctor` and every study ask before they start.
  checks: () => [processGroupCheck('PLUGIN_ID.platform'), loopbackCheck('PLUGIN_ID.loopback'), front],
  // Where the next service will listen; the backend puts it into the engine's command.
  target: async () => ({ host: LOOPBACK, port: await freePort() }),
  start: async (request, signal) => {
    // What stands in front would start all the same, and llem would not be told that the engine's program is not there.
    await requireProgram(request.spec.command[0], request.spec.env);
    // Supervised: whatever becomes of llem, nothing of the service is left.
    const service = await startProcessGroup(
      { ...request, spec: withPriority(request.spec, settings) },
      signal,
    );
    // For the record: whatever tells later how the engine ran.
    return { ...service, facts: { ...service.facts, niceness: settings.niceness } };
  },
  // Left out, because this runner has no such thing:
  // `prepare`  brings what a service needs before anything is measured, such as an image;
  // `trials`   checks that need what `prepare` brings;
  // `secrets`  environment variables that must not be stored or shown.
}));

const front: Check = {
  id: 'PLUGIN_ID.front',
  title: `Program ${FRONT}`,
  run: async () => {
    const found = await findProgram(FRONT);
    if (found !== null) return ok(`${found} can be run.`);
    return failed(`There is no program "${FRONT}" here.`, 'Install it, or use the runner `local`.');
  },
};
