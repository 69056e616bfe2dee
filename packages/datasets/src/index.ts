/** Data sets for llem. Each is a plugin in a module of its own; all of them are cheap to import. */
export * as aienergyscore from './aienergyscore.js';
export * as jsonl from './jsonl.js';
export * as sharegpt from './sharegpt.js';
export * as synthetic from './synthetic.js';
export * as trace from './trace.js';
