/** The conformance suite of runners. */
import { describePlugins } from '../package/describe-plugin.js';
import { RUNNER_RULES } from './rules.js';
import { plainOptions, runnerSubject, type RunnerSuiteOptions } from './subject.js';

/** Registers tests of every runner that the package of a test file provides: `describeRunner(import.meta.url)`. */
export function describeRunner(from: string, options: RunnerSuiteOptions = {}): void {
  describePlugins(
    { kind: 'runner', rules: RUNNER_RULES, subjectOf: (plugin) => runnerSubject(plugin, options) },
    from,
    plainOptions(options),
  );
}
