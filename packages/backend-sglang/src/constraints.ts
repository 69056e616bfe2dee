/** What cannot work with SGLang, known before anything starts. */
import type { Experiment, PlanFacts, Violation } from '@llem/core';
import { extraViolations, modelConfig } from '@llem/serving';
import { adapters } from './constraints/adapters.js';
import { levelsOfCache, policyHasCache } from './constraints/cache.js';
import { compilation, graphsAreOn, largestGraphOnce } from './constraints/graphs.js';
import { cacheHoldsRequest, contextFits, pagesFit } from './constraints/lengths.js';
import { experts, gpusFit, modelDivides, pipeline, sharedAttention } from './constraints/parallelism.js';
import {
  loaderOfMethod,
  onePlaceForWeights,
  oneQuantization,
  quantizationAndDtype,
  quantizationOfCheckpoint,
} from './constraints/precision.js';
import { violation, type Rule } from './constraints/rule.js';
import { drafter, goesWithDrafts, lengthOfDrafts } from './constraints/speculation.js';
import { decidedFlags, unusableFlags } from './flags.js';
import type { SglangOptions } from './options.js';

/** The commit of the model is looked for in the repository of its tokenizer too, so that one of the Hub has to be the model's. */
const tokenizerIsHere: Rule = ({ options, experiment }) => {
  const { tokenizer_path: path } = options;
  if (path === undefined || /^[./]/.test(path) || path === experiment.model) return [];
  return [
    violation(
      'tokenizer_path',
      'SGLang looks for the commit of the model in the repository of the tokenizer as well: give a folder of this machine',
    ),
  ];
};

/** Read from the checks of SGLang's arguments (sglang/srt/server_args.py, arg_groups) in 0.5.10 to 0.5.23. */
const RULES: readonly Rule[] = [
  gpusFit,
  modelDivides,
  sharedAttention,
  pipeline,
  experts,
  contextFits,
  cacheHoldsRequest,
  pagesFit,
  quantizationOfCheckpoint,
  quantizationAndDtype,
  oneQuantization,
  loaderOfMethod,
  onePlaceForWeights,
  levelsOfCache,
  policyHasCache,
  graphsAreOn,
  largestGraphOnce,
  compilation,
  drafter,
  lengthOfDrafts,
  goesWithDrafts,
  adapters,
  tokenizerIsHere,
];

/** Total and pure. */
export function findViolations(
  options: SglangOptions,
  experiment: Experiment,
  facts: PlanFacts,
): readonly Violation[] {
  const model = facts.model === null ? null : modelConfig(facts.model);
  const known = { options, experiment, model };
  return [
    ...RULES.flatMap((rule) => rule(known)),
    ...extraViolations('sglang', options.extra, decidedFlags),
    ...unusableFlags(options),
  ];
}
