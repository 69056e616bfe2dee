/** The local runner: an engine as a process group of this machine, under a supervisor that it cannot outlive. */
import { definePlugin, type Runner } from '@llem/core';
import { freePort, LOOPBACK } from '@llem/localhost';
import { z } from 'zod';
import { loopback, platform } from './checks.js';
import { startService } from './service.js';

const optionsSchema = z.strictObject({}).describe('The engine as a process of this machine. No options.');

export const { options, create } = definePlugin(optionsSchema, (): Runner => ({
  place: 'process',
  checks: () => [platform, loopback],
  target: async () => ({ host: LOOPBACK, port: await freePort() }),
  start: startService,
}));
