/** Conformance suites: what the harness relies on, asked of a plugin by tests of its own. */
export { describeBackend } from './backend/describe-backend.js';
export type { BackendSuiteOptions, StartedServer } from './backend/subject.js';
export { describeDataset } from './dataset/describe-dataset.js';
export type { DatasetSuiteOptions } from './dataset/subject.js';
export { describeMeter } from './meter/describe-meter.js';
export type { MeterFault, MeterSuiteOptions } from './meter/subject.js';
export type { SuiteOptions } from './package/describe-plugin.js';
export type { Rule } from './rule.js';
export { describeRunner } from './runner/describe-runner.js';
export type { ContainerConditions, RunnerSuiteOptions } from './runner/subject.js';
