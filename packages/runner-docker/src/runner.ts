/** The Docker runner: an engine in a container, under a supervisor that it cannot outlive. */
import { definePlugin, type Runner } from '@llem/core';
import { freePort } from '@llem/localhost';
import { dockerChecks, dockerTrials } from './checks/checks.js';
import { orphansCheck } from './checks/orphans.js';
import { chooseNetwork, listenAddress } from './container/network.js';
import { createLeftServices } from './container/left.js';
import { startService } from './container/service.js';
import { createConnection, remembered } from './engine/connection.js';
import { awaitEngine } from './engine/wait.js';
import { createImages } from './images/images.js';
import { optionsSchema } from './options.js';

export const { options, create } = definePlugin(optionsSchema, (_, settings): Runner => {
  const { env } = process;
  const connection = createConnection(env);
  const images = remembered(async () => createImages(await connection.engine(), settings.pull, env));
  const left = createLeftServices();
  return {
    place: 'container',
    checks: (specs) => [...dockerChecks(connection, settings, specs, env), orphansCheck(connection)],
    prepare: async ({ container }, signal, tell) => {
      if (container) await (await images()).have(container.image, signal, tell);
    },
    trials: (specs) => dockerTrials(connection, images, specs),
    target: async () => {
      const facts = await connection.facts(new AbortController().signal);
      return {
        host: listenAddress(chooseNetwork(settings.network, facts)),
        port: await freePort(),
        container: { image: settings.image ?? null },
      };
    },
    start: async (request, signal) => {
      signal.throwIfAborted();
      const engine = await connection.engine();
      await awaitEngine(engine, signal);
      const facts = await connection.facts(signal);
      const host = { engine, facts, images: await images(), left, options: settings, env };
      return startService(host, request, signal);
    },
  };
});
