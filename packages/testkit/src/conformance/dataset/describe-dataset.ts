/** The conformance suite of data sets. */
import { describePlugins } from '../package/describe-plugin.js';
import { DATASET_RULES } from './rules.js';
import { datasetSubject, suiteWorkload, type DatasetSuiteOptions } from './subject.js';

/** Registers tests of every data set that the package of a test file provides: `describeDataset(import.meta.url)`. */
export function describeDataset(from: string, options: DatasetSuiteOptions = {}): void {
  // At once: a mistake in the test file is one of the test file, and no rule would tell it.
  const workload = suiteWorkload(options);
  describePlugins(
    {
      kind: 'dataset',
      rules: DATASET_RULES,
      subjectOf: (plugin) => datasetSubject(plugin, workload, options),
    },
    from,
    options,
  );
}
