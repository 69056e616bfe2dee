/** A checkout that is built in part: the command says so and ends, whatever of it is missing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const OCLIF = fileURLToPath(new URL('../../../node_modules/@oclif', import.meta.url));
/** Far more than it takes; one that goes round for ever has to be killed, it hears no other signal. */
const LONGEST_MS = 20_000;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'llem-broken-'));
  for (const part of ['bin', 'dist', 'package.json'])
    await cp(join(PACKAGE, part), join(root, 'packages', 'cli', part), { recursive: true });
  // Without @llem/core not even what reports errors can be loaded.
  await mkdir(join(root, 'node_modules'));
  await symlink(OCLIF, join(root, 'node_modules', '@oclif'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

it(
  'says what to do and ends with code 1 where even the report of errors cannot be loaded',
  async () => {
    const child = spawn(
      process.execPath,
      [join(root, 'packages', 'cli', 'bin', 'run.js'), 'plan', 'a.yaml'],
      {
        cwd: root,
        stdio: ['ignore', 'ignore', 'pipe'],
        timeout: LONGEST_MS,
        killSignal: 'SIGKILL',
      },
    );
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended: unknown[] = await once(child, 'close');
    expect(ended).toEqual([1, null]);
    // oclif, of which this tree has a part too, warns before.
    const lines = stderr
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith('warning: '));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^error: llem failed, and so did its report of that: Cannot find package/);
    expect(lines[1]).toContain('npm run setup');
  },
  LONGEST_MS + 10_000,
);
