/** The conformance suite of meters. */
import { describePlugins } from '../package/describe-plugin.js';
import { METER_RULES } from './rules.js';
import { meterSubject, type MeterSuiteOptions } from './subject.js';

/** Registers tests of every meter that the package of a test file provides: `describeMeter(import.meta.url)`. */
export function describeMeter(from: string, options: MeterSuiteOptions = {}): void {
  describePlugins(
    { kind: 'meter', rules: METER_RULES, subjectOf: (plugin) => meterSubject(plugin, options) },
    from,
    options,
  );
}
