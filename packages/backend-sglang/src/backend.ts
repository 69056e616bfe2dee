/** The plugin: SGLang as a backend of llem. */
import { definePlugin, type Backend } from '@llem/core';
import { findExecutable, hubFolders, localModelConfig } from '@llem/serving';
import { flushCache } from './cache.js';
import { checksFor } from './checks.js';
import { findViolations } from './constraints.js';
import { describeEngine } from './description.js';
import { diagnoseExit } from './diagnosis.js';
import { dialectOf } from './dialect.js';
import { serverMetrics } from './metrics.js';
import { optionsSchema } from './options.js';
import { prepareModel } from './prepare.js';
import { DEFAULT_IMAGE, PROGRAM, serviceSpec } from './service.js';

export const { options, create } = definePlugin(optionsSchema, (plugin, settings): Backend => ({
  computesOn: 'gpu',
  image: () => DEFAULT_IMAGE,
  isInstalled: async () => (await findExecutable(settings.executable, PROGRAM)) !== null,
  localModel: (model) => localModelConfig(model, settings.revision ?? null),
  constraints: (experiment, facts) => findViolations(settings, experiment, facts),
  prepare: (experiment, signal) => prepareModel(settings, experiment, plugin.cacheDir, signal),
  service: (experiment, artifacts, target, gpus) =>
    serviceSpec(settings, hubFolders(), experiment, artifacts, target, gpus),
  dialect: (experiment) => dialectOf(settings, experiment),
  describe: (endpoint, signal) => describeEngine(settings, endpoint, signal),
  serverMetrics: serverMetrics(settings),
  resetCache: (endpoint, signal) => flushCache(settings, endpoint, signal),
  checks: (place) => checksFor(settings, place),
  diagnose: diagnoseExit,
}));
