/** The study file, from its text to its plan. */
export { canonical } from './canonical.js';
export { explainId, explainUnknown, installationOf, projectPackage, unknownBackend } from './catalog.js';
export type { NamedKind, StudyCatalog } from './catalog.js';
export { concealmentOf, type Concealment } from './concealment.js';
export {
  configurationSchema,
  NO_CONFIGURATION,
  parseConfiguration,
  studyDefaults,
  unknownBackends,
  type Configuration,
  type StudyDefaults,
} from './configuration.js';
export { namedDataset, type NamedDataset } from './dataset-choice.js';
export {
  detectRunners,
  raisedText,
  wantsDocker,
  type DetectedRunner,
  type FoundDocker,
  type FoundEngine,
} from './detection.js';
export { estimateDurationS, estimateRunS } from './duration.js';
export { mentionsEnvironment, resolveReferences, resolveText, valueOf, variablesIn } from './environment.js';
export type { Environment } from './environment.js';
export type { ReadBase, StudyFile } from './inheritance.js';
export { addedCycles } from './order.js';
export { planStudy, type PlanContext } from './plan.js';
export type { StudyPoint } from './point.js';
export { folderOfResolved, overrideStudy, resolvedStudyYaml, type StudyOverrides } from './resolved-study.js';
export { pauseBeforeS } from './pause.js';
export { doubtfulClasses } from './retry-classes.js';
export {
  isRunnerNamed,
  parseRunner,
  resolveRunner,
  runnerVariable,
  unknownVariables,
} from './runner-choice.js';
export type { NamingLayers, ParsedRunner, ResolvedRunner, RunnerLayers } from './runner-choice.js';
export { loadStudy, studyFromSettings, type Study, type StudySource } from './study.js';
export { studyJsonSchema } from './study-schema.js';
