/** What is on disk, and what is computed from it. */
export { METRIC_IDS, METRICS, type Metric, type MetricId } from './statistics/metrics.js';
export { describeRepeats, type Interval, type Repeats } from './statistics/repeats.js';
export { FILES, RUN_FILES } from './store/layout.js';
export { listStudies, type StudyListing } from './store/listing.js';
export type { Manifest, RunStatus } from './store/manifest.js';
export { readRequests, readSamples, type Cell, type Row } from './store/parquet.js';
export { preflightSchema, type PreflightEntry, type PreflightFile } from './store/preflight-file.js';
export { reopenStudy, runsToDo, type ReopenedStudy } from './store/reopen.js';
export { createRunStore, type RunStoreOptions, type StudyStore } from './store/run-store.js';
export { readStudyDir, type Problem, type StudyResults } from './store/study-dir.js';
export { cyclesOf, halfWidthText, wantsCycle } from './summary/adaptive.js';
export { addDueCycle } from './summary/due-cycle.js';
export { failingOnce, gatherFailing, type FailingCheck } from './summary/failing.js';
export { writeSummary } from './summary/file.js';
export {
  summarySchema,
  type ExperimentSummary,
  type MetricSummary,
  type RunCounts,
  type Summary,
  type Verdict,
} from './summary/schema.js';
export { summarise } from './summary/summarise.js';
