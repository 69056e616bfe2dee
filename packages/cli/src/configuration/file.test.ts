import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isLlemError } from '@llem/core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfiguration, withHome } from './file.js';
import { configurationPath } from './path.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-config-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

async function file(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

function errorOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (isLlemError(error)) return `${error.code}: ${error.message} ${error.remedy}`;
    throw error;
  }
  return '';
}

describe('the configuration file', () => {
  it('is looked for where LLEM_CONFIG says, from here', () => {
    expect(configurationPath({ LLEM_CONFIG: '/a/b.yaml' })).toEqual({ path: '/a/b.yaml', named: true });
    expect(configurationPath({ LLEM_CONFIG: 'b.yaml' })).toEqual({
      path: join(process.cwd(), 'b.yaml'),
      named: true,
    });
  });

  it.runIf(process.platform === 'linux')('is looked for in the platform’s folder otherwise', () => {
    vi.stubEnv('XDG_CONFIG_HOME', '/somewhere');
    expect(configurationPath({ LLEM_CONFIG: '' })).toEqual({
      path: '/somewhere/llem/config.yaml',
      named: false,
    });
    vi.stubEnv('XDG_CONFIG_HOME', '');
    expect(configurationPath({}).path).toBe(join(homedir(), '.config/llem/config.yaml'));
  });

  it('need not be there, unless LLEM_CONFIG names it', async () => {
    const path = join(folder, 'missing.yaml');
    expect(readConfiguration({ path, named: false })).toBeNull();
    expect(readConfiguration({ path: join(await file('f', ''), 'config.yaml'), named: false })).toBeNull();
    expect(errorOf(() => readConfiguration({ path, named: true }))).toBe(
      `LLEM_E_CONFIG: The configuration file ${path} cannot be read: there is no such file. Set LLEM_CONFIG to a YAML file that you can read, or unset it.`,
    );
  });

  it('may begin with a byte order mark, which counts in no place', async () => {
    const path = await file('bom.yaml', '\ufeffgaps: { max_s: 5 }\n');
    expect(readConfiguration({ path, named: true })).toMatchObject({
      gaps: { max_s: 5 },
      places: { 'gaps.max_s': `${path}:1:9` },
    });
  });

  it('may be a device without anything in it', () => {
    expect(readConfiguration({ path: '/dev/null', named: true })).toMatchObject({ runners: {}, places: {} });
  });

  it('is refused where it cannot be what it should be', async () => {
    const refused = (path: string) => errorOf(() => readConfiguration({ path, named: false }));
    expect(refused(folder)).toContain(`${folder} cannot be read: it is a folder. Make it a YAML file`);
    expect(refused(await file('utf16.yaml', Buffer.from('\ufeffoutput: a', 'utf16le')))).toContain(
      'cannot be read: it is not UTF-8 text.',
    );
    expect(refused(await file('large.yaml', '#'.repeat(10_000_000)))).toContain(
      'cannot be read: it has more than 1048576 bytes.',
    );
    expect(refused('/dev/zero')).toContain('cannot be read: it has more than 1048576 bytes.');
    expect(refused(await file('wrong.yaml', 'a: 1\n'))).toContain(
      `${join(folder, 'wrong.yaml')}:1:1: unknown key "a"`,
    );
  });

  it('is an example that can be used as it is', () => {
    const path = fileURLToPath(new URL('../../../../examples/config.yaml', import.meta.url));
    expect(Object.keys(readConfiguration({ path, named: true })?.places ?? {}).sort()).toEqual([
      'gaps.between_runs_s',
      'gaps.until_c',
      'meters',
      'output',
      'runners.llamacpp',
      'wait',
    ]);
  });
});

it('writes the home folder out where no shell does', () => {
  expect([withHome('~/a'), withHome('~'), withHome('a/~'), withHome('~b')]).toEqual([
    join(homedir(), 'a'),
    homedir(),
    'a/~',
    '~b',
  ]);
});
