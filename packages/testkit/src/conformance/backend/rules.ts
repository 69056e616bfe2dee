/** What the harness relies on of a backend, in the order in which it asks. */
import type { Rule } from '../rule.js';
import { CHECK_RULES } from './check-rules.js';
import { CONSTRAINT_RULES } from './constraint-rules.js';
import { DIAGNOSIS_RULES } from './diagnosis-rules.js';
import { DIALECT_RULES } from './dialect-rules.js';
import { PREPARE_RULES } from './prepare-rules.js';
import { SERVER_RULES } from './server-rules.js';
import { SERVICE_RULES } from './service-rules.js';
import type { BackendSubject } from './subject.js';

export const BACKEND_RULES: readonly Rule<BackendSubject>[] = [
  ...CONSTRAINT_RULES,
  ...CHECK_RULES,
  ...PREPARE_RULES,
  ...SERVICE_RULES,
  ...DIALECT_RULES,
  ...SERVER_RULES,
  ...DIAGNOSIS_RULES,
];
