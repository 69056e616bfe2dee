/** What a supervisor hears of llem, and llem of it: both ends with a real process between. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { launchSupervisor, type Supervisor } from './supervisor.js';

const BUILT = new URL('../dist/orders.js', import.meta.url).href;
/** Answers with what it hears, and ends when it is left alone. */
const PROGRAM = `import { answer, hearOrders } from '${BUILT}';
hearOrders(
  (order) => answer(order.say),
  () => {
    answer('left alone');
    process.exit(0);
  },
);
answer('up');`;

let dir = '';
let supervisor: Supervisor;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'llem-orders-'));
  writeFileSync(join(dir, 'program.mjs'), PROGRAM);
  supervisor = await launchSupervisor(join(dir, 'program.mjs'), join(dir, 'log'));
  expect(await supervisor.nextLine()).toBe('up');
});
afterEach(async () => {
  supervisor.kill();
  await supervisor.result;
  rmSync(dir, { recursive: true });
});

it('is every order, one after the other, however long it is', async () => {
  const long = 'é'.repeat(100_000);
  supervisor.send({ say: 'one' });
  supervisor.send({ say: long });
  expect(await supervisor.nextLine()).toBe('one');
  expect(await supervisor.nextLine()).toBe(long);
});

it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const)(
  '%s, which would end it, is heard as the death of llem is',
  async (signal) => {
    process.kill(supervisor.pid ?? Number.NaN, signal);
    expect(await supervisor.nextLine()).toBe('left alone');
    expect(await supervisor.nextLine()).toBeNull();
  },
);
