export { contextViolations, knownContext } from './constraints/context.js';
export { divisors, gpuViolations, headViolations, layerViolations } from './constraints/gpus.js';
export type { Known, Rule } from './constraints/rule.js';
export {
  CONTAINER_FOLDER,
  hubEnvironment,
  modelMounts,
  PASSED_ENV,
  SHARED_MEMORY_BYTES,
  sharedFolder,
  type HubFolders,
} from './container.js';
export { diagnoseExit } from './diagnosis/exit.js';
export { diagnoseLog, findPhrase, type Diagnosis, type Phrase } from './diagnosis/phrases.js';
export { SHARED_PHRASES } from './diagnosis/shared.js';
export { commandFor, executableCheck, findExecutable, virtualEnvironment } from './executable.js';
export { optionArguments, usedFlags, type UsedFlag } from './flags/arguments.js';
export {
  decidedBy,
  extraArguments,
  extraSchema,
  extraViolations,
  usedExtraFlags,
  type ExtraFlags,
} from './flags/extra.js';
export {
  flagOf,
  optionShape,
  type EngineOption,
  type FlagForm,
  type OptionTable,
  type OptionValues,
} from './flags/option-table.js';
export { ask, getJson, getText } from './http.js';
export { areAllZero, seriesOf, type Series } from './metrics.js';
export { openAiDialect, type OpenAiDialect } from './openai/dialect.js';
export { flagsCheck, type CheckedOption, type FlagsCheck } from './flags/check.js';
export { isInReleases } from './flags/release.js';
export { fileHash, interrupted, readHash } from './files/file-hash.js';
export { writeWhole } from './files/write-whole.js';
export { hubFolders } from './hub/locations.js';
export { localModelConfig } from './hub/local-config.js';
export { modelConfig, type ModelConfig } from './hub/model-config.js';
export { prepareHubModel, type HubModelRequest } from './hub/prepare.js';
export { longestRun } from './hub/prompt-tokens.js';
