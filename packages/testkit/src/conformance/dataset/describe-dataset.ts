/** The conformance suite of data sets. */
import { describePlugins } from '../package/describe-plugin.js';
import { DATASET_RULES } from './rules.js';
import { datasetSubject, type DatasetSuiteOptions } from './subject.js';

/** Registers tests of every data set that the package of a test file provides: `describeDataset(import.meta.url)`. */
export function describeDataset(from: string, options: DatasetSuiteOptions = {}): void {
  describePlugins(
    { kind: 'dataset', rules: DATASET_RULES, subjectOf: (plugin) => datasetSubject(plugin, options) },
    from,
    options,
  );
}
