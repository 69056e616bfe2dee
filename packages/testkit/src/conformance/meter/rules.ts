/** All that is asked of a meter. */
import { channelRules } from './rules/channels.js';
import { deviceRules } from './rules/devices.js';
import { energyRules } from './rules/energy.js';
import { faultRules } from './rules/faults.js';
import { garbageRules } from './rules/garbage.js';
import { machineRules } from './rules/machine.js';
import { probeRules } from './rules/probe.js';
import { readRules } from './rules/read.js';
import type { MeterRule } from './rules/rule.js';
import { threadRules } from './rules/thread.js';

export const METER_RULES: readonly MeterRule[] = [
  ...deviceRules,
  ...channelRules,
  ...readRules,
  ...garbageRules,
  ...energyRules,
  ...faultRules,
  ...probeRules,
  ...machineRules,
  ...threadRules,
];
