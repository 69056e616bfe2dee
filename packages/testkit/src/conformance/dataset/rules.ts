/** What the harness relies on of a data set, in the order in which it asks. */
import type { Rule } from '../rule.js';
import { PREPARE_RULES } from './prepare-rules.js';
import { PROMPT_RULES } from './prompt-rules.js';
import type { DatasetSubject } from './subject.js';

export const DATASET_RULES: readonly Rule<DatasetSubject>[] = [...PREPARE_RULES, ...PROMPT_RULES];
