/** Whether the limits that the study sets can be had. */
import { ok, type Check } from '@llem/core';
import { requireLimits } from '../container/limit-support.js';
import type { Connection } from '../engine/connection.js';
import type { DockerOptions } from '../options.js';
import { asFinding } from './finding.js';

export const limitsCheck = (connection: Connection, options: DockerOptions): Check => ({
  id: 'docker.limits',
  title: 'Limits of containers',
  run: async (signal) => {
    try {
      requireLimits(options, await connection.facts(signal));
      return ok('The engine can limit memory and processor time as it is asked to.');
    } catch (error) {
      return asFinding(error);
    }
  },
});
