/** The conformance suite of backends. */
import { describePlugins, type SuiteOptions } from '../package/describe-plugin.js';
import { instanceOf } from '../package/subject.js';
import { BACKEND_RULES } from './rules.js';

/** Registers tests of every backend that the package of a test file provides: `describeBackend(import.meta.url)`. */
export function describeBackend(from: string, options: SuiteOptions = {}): void {
  describePlugins(
    {
      kind: 'backend',
      rules: BACKEND_RULES,
      subjectOf: (plugin) => ({ ...plugin, backend: instanceOf('backend', plugin) }),
    },
    from,
    options,
  );
}
