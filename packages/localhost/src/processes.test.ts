/** What is seen of the processes of a Linux. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { livingProcesses, readOfProcess, trySignal } from './processes.js';

describe.runIf(process.platform === 'linux')('processes', () => {
  it('are told with parent, group and session, whatever their name', async () => {
    const child = spawn(
      process.execPath,
      ['-e', `process.title = ') Z 1 1 ('; console.log(); setInterval(() => {}, 1e6)`],
      {
        detached: true,
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    await once(child.stdout, 'data');
    const pid = child.pid ?? 0;
    expect(livingProcesses().find((one) => one.pid === pid)).toEqual({
      pid,
      parent: process.pid,
      group: pid,
      session: pid,
    });
    expect(trySignal(pid, 'SIGKILL')).toBe(true);
    await once(child, 'exit');
    expect(livingProcesses().some((one) => one.pid === pid)).toBe(false);
    expect(trySignal(pid, 'SIGKILL')).toBe(false);
  });

  it('have files, and none once they have gone', () => {
    expect(readOfProcess(process.pid, 'cmdline')).toContain('node');
    expect(readOfProcess(2 ** 22 + 1, 'cmdline')).toBeNull();
  });
});
