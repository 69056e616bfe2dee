/** Conformance suites: what the harness relies on, asked of a plugin by tests of its own. */
export type { Rule } from './rule.js';
