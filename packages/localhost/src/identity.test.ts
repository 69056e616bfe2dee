/** Which process wrote something down, and whether it still runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { identitySchema, ownIdentity, stateOf } from './identity.js';

const self = await ownIdentity();

it('knows itself from what was written down', async () => {
  expect(await stateOf(identitySchema.parse(JSON.parse(JSON.stringify(self))), self)).toBe('running');
});

it('sees that a process has ended, also where its number was given again', async () => {
  const child = spawn('true');
  await once(child, 'exit');
  expect(await stateOf({ ...self, pid: child.pid ?? 0 }, self)).toBe('ended');
  // This process, with the time of another's start.
  if (self.startTicks !== null) expect(await stateOf({ ...self, startTicks: '1' }, self)).toBe('ended');
});

it('takes all that ran before this machine was started again for ended', async () => {
  expect(await stateOf({ ...self, bootId: 'of yesterday' }, self)).toBe('ended');
});

it.each([
  ['on another machine', { host: 'elsewhere', bootId: 'of elsewhere' }],
  ['in another container', { pidNamespace: 'pid:[1]' }],
])('says nothing of a process %s', async (_, change) => {
  expect(await stateOf({ ...self, ...change }, self)).toBe('out-of-sight');
});
