/** The contracts of llem. See README.md for the order in which to read them. */
export * from './backend.js';
export * from './check.js';
export * from './dataset.js';
export * from './errors.js';
export * from './events.js';
export * from './issue-words.js';
export * from './json.js';
export * from './meter.js';
export * from './options.js';
export * from './plan.js';
export * from './plugin.js';
export * from './record.js';
export * from './runner.js';
export * from './settings.js';
export * from './store.js';
export * from './validity.js';
export * from './workload.js';
