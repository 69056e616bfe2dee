/** What cannot work with TensorRT-LLM, known before anything starts. */
import type { Experiment, PlanFacts, Violation } from '@llem/core';
import { extraViolations, modelConfig } from '@llem/serving';
import { attentionCan, backendKnowsIt } from './constraints/engine.js';
import { breakableGraphs, graphSizes } from './constraints/graphs.js';
import { adaptersFit, diskHasFolder } from './constraints/memory.js';
import { expertsDivide, gpusFit, helixBlocks, modelDivides } from './constraints/parallelism.js';
import { cacheHoldsRequest, promptFitsStep, sequenceFits } from './constraints/room.js';
import type { Rule } from './constraints/rule.js';
import { drafterHasBackend, drafterIsWhole } from './constraints/speculation.js';
import { fileKeyViolations, OWN_FLAGS } from './flags.js';
import type { TrtllmOptions } from './options.js';

/** Read from the validators of tensorrt_llm/llmapi/llm_args.py, and from what the engine turns off by itself, 1.2 to 1.4.0rc0. */
const RULES: readonly Rule[] = [
  gpusFit,
  modelDivides,
  expertsDivide,
  helixBlocks,
  sequenceFits,
  promptFitsStep,
  cacheHoldsRequest,
  backendKnowsIt,
  attentionCan,
  graphSizes,
  breakableGraphs,
  diskHasFolder,
  adaptersFit,
  drafterIsWhole,
  drafterHasBackend,
];

/** Total and pure. */
export function findViolations(
  options: TrtllmOptions,
  experiment: Experiment,
  facts: PlanFacts,
): readonly Violation[] {
  const known = { options, experiment, model: facts.model && modelConfig(facts.model) };
  return [
    ...RULES.flatMap((rule) => rule(known)),
    ...fileKeyViolations(options.extra_llm_api_options),
    ...extraViolations('trtllm', options.extra, OWN_FLAGS),
  ];
}
