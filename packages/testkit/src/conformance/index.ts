/** Conformance suites: what the harness relies on, asked of a plugin by tests of its own. */
export { describeBackend } from './backend/describe-backend.js';
export { describeDataset } from './dataset/describe-dataset.js';
export type { DatasetSuiteOptions } from './dataset/subject.js';
export type { SuiteOptions } from './package/describe-plugin.js';
export type { Rule } from './rule.js';
