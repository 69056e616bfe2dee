/** A process that is told of the end of this one. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLlemError } from '@llem/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { launchSupervisor } from './supervisor.js';

let dir = '';
let program = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'llem-supervisor-'));
  program = join(dir, 'supervisor.mjs');
});
afterEach(() => rmSync(dir, { recursive: true }));

it('hears orders, answers in lines, and hears when this process leaves it', async () => {
  writeFileSync(
    program,
    `import { writeSync } from 'node:fs';
process.stdin.on('data', (data) => writeSync(1, data)).on('end', () => writeSync(2, 'left alone'));`,
  );
  const logPath = join(dir, 'log');
  writeFileSync(logPath, 'before, ');
  const supervisor = await launchSupervisor(program, logPath);
  supervisor.send({ type: 'order' });
  expect(await supervisor.nextLine()).toBe('{"type":"order"}');
  supervisor.leave();
  await supervisor.result;
  expect(await supervisor.nextLine()).toBeNull();
  expect(readFileSync(logPath, 'utf8')).toBe('before, left alone');
});

it('leads a session of its own', async () => {
  writeFileSync(program, `console.log(process.pid); process.stdin.resume();`);
  const supervisor = await launchSupervisor(program, join(dir, 'log'));
  expect(await supervisor.nextLine()).toBe(String(supervisor.pid));
  if (process.platform === 'linux') {
    const stat = readFileSync(`/proc/${supervisor.pid ?? 0}/stat`, 'latin1');
    const session = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3];
    expect(session).toBe(String(supervisor.pid));
  }
  supervisor.kill();
  await supervisor.result;
  // It hears nothing any more, and that is no error.
  supervisor.send({ type: 'order' });
  expect(await supervisor.nextLine()).toBeNull();
});

it('refuses a log that cannot be written', async () => {
  const error: unknown = await launchSupervisor(program, join(dir, 'missing', 'log')).catch(
    (e: unknown) => e,
  );
  expect(isLlemError(error) && error.failureClass).toBe('log-unwritable');
});
