/** What cannot work with vLLM, known before anything starts. */
import type { Experiment, PlanFacts, Violation } from '@llem/core';
import { extraViolations, modelConfig } from '@llem/serving';
import { batchHoldsRequests, contextFits, wholePrompts } from './constraints/batching.js';
import { hasEffect } from './constraints/effect.js';
import {
  capturedOnce,
  eagerHasNoGraphs,
  oneAttentionBackend,
  piecesAreCompiled,
} from './constraints/graphs.js';
import { adaptersFit } from './constraints/lora.js';
import { offloadedLayers, oneSizeOfCache } from './constraints/memory.js';
import { contextParallel, expertBalance, gpusFit, modelDivides, overlap } from './constraints/parallelism.js';
import {
  bitsandbytesLoader,
  cacheAndDtype,
  cacheOfFp8Checkpoint,
  latentCache,
  quantizationAndDtype,
  quantizationOfCheckpoint,
} from './constraints/precision.js';
import type { Rule } from './constraints/rule.js';
import {
  adaptersAndDrafts,
  asyncDrafting,
  drafterFitsGpus,
  drafterIsWhole,
  sharedCacheDrafting,
  syntheticAcceptance,
} from './constraints/speculation.js';
import { decidedFlags } from './flags.js';
import type { VllmOptions } from './options.js';

/** Read from the checks of vLLM's configuration (vllm/config, vllm/engine/arg_utils.py) in 0.27. */
const RULES: readonly Rule[] = [
  gpusFit,
  modelDivides,
  contextParallel,
  expertBalance,
  overlap,
  contextFits,
  batchHoldsRequests,
  wholePrompts,
  oneSizeOfCache,
  offloadedLayers,
  quantizationAndDtype,
  quantizationOfCheckpoint,
  bitsandbytesLoader,
  cacheOfFp8Checkpoint,
  latentCache,
  cacheAndDtype,
  eagerHasNoGraphs,
  piecesAreCompiled,
  capturedOnce,
  oneAttentionBackend,
  drafterIsWhole,
  drafterFitsGpus,
  syntheticAcceptance,
  asyncDrafting,
  sharedCacheDrafting,
  adaptersAndDrafts,
  adaptersFit,
  hasEffect,
];

/** Total and pure. */
export function findViolations(
  options: VllmOptions,
  experiment: Experiment,
  facts: PlanFacts,
): readonly Violation[] {
  const known = { options, experiment, model: facts.model && modelConfig(facts.model) };
  return [
    ...RULES.flatMap((rule) => rule(known)),
    ...extraViolations('vllm', options.extra, decidedFlags(options)),
  ];
}
