/** The plugin: vLLM as a backend of llem. */
import { definePlugin, type Backend } from '@llem/core';
import { findExecutable, hubFolders, localModelConfig } from '@llem/serving';
import { resetPrefixCache } from './cache.js';
import { checksFor } from './checks.js';
import { findViolations } from './constraints.js';
import { describeEngine } from './description.js';
import { diagnoseExit } from './diagnosis.js';
import { dialectOf } from './dialect.js';
import { SERVER_METRICS } from './metrics.js';
import { optionsSchema } from './options.js';
import { prepareModel } from './prepare.js';
import { DEFAULT_IMAGE, serviceSpec } from './service.js';

export const { options, create } = definePlugin(optionsSchema, ({ cacheDir }, settings): Backend => {
  return {
    computesOn: 'gpu',
    image: () => DEFAULT_IMAGE,
    isInstalled: async () => (await findExecutable(settings.executable, 'vllm')) !== null,
    localModel: (model) => localModelConfig(model, settings.revision ?? null),
    constraints: (experiment, facts) => findViolations(settings, experiment, facts),
    prepare: (experiment, signal) => prepareModel(settings, experiment, cacheDir, signal),
    service: (experiment, artifacts, target, gpus) =>
      serviceSpec(settings, { ...hubFolders(), cacheDir }, experiment, artifacts, target, gpus),
    dialect: (experiment) => dialectOf(settings, experiment),
    describe: (endpoint, signal) => describeEngine(settings, endpoint, signal),
    serverMetrics: SERVER_METRICS,
    resetCache: (endpoint, signal) => resetPrefixCache(settings, endpoint, signal),
    checks: (place) => checksFor(settings, place),
    diagnose: diagnoseExit,
  };
});
