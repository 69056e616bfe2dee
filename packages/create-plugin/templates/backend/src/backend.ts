/** The plugin: the engine PLUGIN_ID as a backend of llem. It knows the engine and starts nothing. */
import { definePlugin, type Backend } from '@llem/core';
import { checksFor } from './checks.js';
import { findViolations } from './constraints.js';
import { describeEngine } from './description.js';
import { diagnose } from './diagnosis.js';
import { dialectOf, SERVER_METRICS } from './dialect.js';
import { prepareModel } from './model.js';
import { optionsSchema } from './options.js';
import { serviceSpec } from './service.js';

// `create` is called with the options of one experiment. It has to be cheap: what takes long belongs into `prepare`.
export const { options, create } = definePlugin(optionsSchema, (_context, settings): Backend => ({
  // What the engine computes on decides which devices are billed where a study says nothing: 'cpu', or 'gpu' for all of them.
  computesOn: 'cpu',
  // Before anything starts.
  constraints: (experiment) => findViolations(settings, experiment),
  checks: (place) => (place === 'process' ? checksFor(settings) : []),
  // Once for each experiment: what the engine is given as its model.
  prepare: (experiment) => Promise.resolve(prepareModel(settings, experiment)),
  // The start, and how the running engine is spoken to.
  service: (_experiment, artifacts, target, gpus) => serviceSpec(settings, artifacts, target, gpus),
  dialect: (experiment, artifacts) => dialectOf(experiment, artifacts),
  describe: (endpoint, signal) => describeEngine(settings, endpoint, signal),
  serverMetrics: SERVER_METRICS,
  // After the end, where it came unexpectedly.
  diagnose,
  // Left out, because this engine has no such thing:
  // `image`      the container image that is used where nobody names one;
  // `resetCache` empties the prefix cache between runs;
  // `localModel` reads a model's configuration from this disk, so that `constraints` can judge by it;
  // `isInstalled` whether a process of this machine could be started.
}));
