/** All that is asked of a runner, in the order of a service's life. */
import { abortRules } from './rules/abort.js';
import { checkRules } from './rules/checks.js';
import { elsewhereRules } from './rules/elsewhere.js';
import { exitRules } from './rules/exit.js';
import { logRules } from './rules/log.js';
import { ownerRules } from './rules/owner.js';
import { placeRules } from './rules/place.js';
import { processRules } from './rules/processes.js';
import type { RunnerRule } from './rules/rule.js';
import { secretRules } from './rules/secrets.js';
import { startRules } from './rules/start.js';
import { stopRules } from './rules/stop.js';

export const RUNNER_RULES: readonly RunnerRule[] = [
  ...placeRules,
  ...checkRules,
  ...startRules,
  ...secretRules,
  ...logRules,
  ...processRules,
  ...exitRules,
  ...stopRules,
  ...abortRules,
  ...ownerRules,
  ...elsewhereRules,
];
