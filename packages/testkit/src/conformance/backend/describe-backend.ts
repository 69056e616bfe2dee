/** The conformance suite of backends. */
import { describePlugins } from '../package/describe-plugin.js';
import { BACKEND_RULES } from './rules.js';
import { backendSubject, type BackendSuiteOptions } from './subject.js';

/** Registers tests of every backend that the package of a test file provides: `describeBackend(import.meta.url)`. */
export function describeBackend(from: string, options: BackendSuiteOptions = {}): void {
  describePlugins(
    { kind: 'backend', rules: BACKEND_RULES, subjectOf: (plugin) => backendSubject(plugin, options) },
    from,
    options,
  );
}
