/** What the rules of meters have in common. */
import type { Rule } from '../../rule.js';
import { onBench, type Bench } from '../bench.js';
import type { MeterSubject } from '../subject.js';

export type MeterRule = Rule<MeterSubject>;

export const rule = (
  id: string,
  title: string,
  check: (bench: Bench, subject: MeterSubject) => Promise<void> | void,
): MeterRule => ({ id, title, check: (subject) => onBench(subject, (bench) => check(bench, subject)) });
