/** The plugin: llama.cpp as a backend of llem. Cheap to import; the model and the addon are touched when asked for. */
import { definePlugin, llemError, longestRequest, type Backend } from '@llem/core';
import { findExecutable } from '@llem/serving';
import { checksFor } from './checks.js';
import { findViolations, resolveContext } from './constraints.js';
import { defaultImage } from './container.js';
import { describeEngine } from './description.js';
import { diagnoseExit } from './diagnosis.js';
import { dialectOf, SERVER_METRICS } from './dialect.js';
import { optionsSchema } from './options.js';
import { serviceSpec } from './service.js';

export const { options, create } = definePlugin(optionsSchema, (plugin, settings): Backend => {
  return {
    computesOn: 'cpu',
    image: (experiment) => defaultImage(settings, experiment),
    isInstalled: async () =>
      settings.executable === null || (await findExecutable(settings.executable, 'llama-server')) !== null,
    constraints: (experiment) => findViolations(settings, experiment),
    async prepare(experiment, signal) {
      const { prepareModel } = await import('./model/artifacts.js');
      const artifacts = await prepareModel(experiment.model, plugin.cacheDir, signal);
      const { contextLength } = artifacts.model;
      const { inputTokens: input, outputTokens: output } = longestRequest(experiment.workload);
      if (contextLength !== null && Math.max(input + output, settings.context ?? 0) > contextLength) {
        throw llemError(
          'LLEM_E_PREPARE',
          `The model ${experiment.model} was made for ${contextLength} tokens and this experiment asks for ${resolveContext(settings, experiment)}.`,
          {
            remedy:
              'Lower workload.input_tokens, workload.output_tokens, workload.turns or llamacpp.context.',
          },
        );
      }
      return artifacts;
    },
    service: (experiment, artifacts, target, gpus) =>
      serviceSpec(settings, experiment, artifacts, target, gpus),
    dialect: (experiment, _, dataset) => dialectOf(settings, experiment, dataset),
    describe: describeEngine,
    serverMetrics: SERVER_METRICS,
    // No resetCache: a prompt cannot hit. The embedded engine keeps none, and a llama-server is told so with every request
    // (`cache_prompt: false`), but where prompts are meant to hit; it has nothing that empties all slots at once.
    checks: (place) => (place === 'process' ? checksFor(settings) : []),
    diagnose: (exit, log) => diagnoseExit(settings, exit, log),
  };
});
