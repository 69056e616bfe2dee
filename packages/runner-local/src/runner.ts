/** The local runner: an engine as a process group of this machine, under a supervisor that it cannot outlive. */
import { definePlugin, type Runner } from '@llem/core';
import { freePort, LOOPBACK, loopbackCheck, processGroupCheck, startProcessGroup } from '@llem/localhost';
import { z } from 'zod';

const optionsSchema = z.strictObject({}).describe('The engine as a process of this machine. No options.');

export const { options, create } = definePlugin(optionsSchema, (): Runner => ({
  place: 'process',
  checks: () => [processGroupCheck('local.platform'), loopbackCheck('local.loopback')],
  target: async () => ({ host: LOOPBACK, port: await freePort() }),
  start: startProcessGroup,
}));
