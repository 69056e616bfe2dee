import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { effectiveOutput } from './effective.js';
import { parseConfiguration, readConfiguration } from './file.js';

// Matchers have the type any; as unknown they can stand in an expected value.
const containing = (text: string): unknown => expect.stringContaining(text);
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

describe('parseConfiguration', () => {
  it('reads what it knows', () => {
    expect(parseConfiguration('output: /data\nrunners: { vllm: docker }\n', 'c.yaml')).toEqual({
      output: '/data',
      runners: { vllm: 'docker' },
    });
  });

  it.each(['', '# only a comment\n', 'null\n'])('takes %j for an empty one', (text) => {
    expect(parseConfiguration(text, 'c.yaml')).toEqual({});
  });

  it.each([
    ['colour: red\n', /c\.yaml: colour: unknown key/],
    ['output: 3\n', /c\.yaml: output:/],
    ['runners: { vllm: "docker:" }\n', /c\.yaml: runners\.vllm:/],
    ['- a\n', /c\.yaml: /],
    ['a: [\n', /c\.yaml: /],
  ])('refuses %j and says where', (text, message) => {
    expect(() => parseConfiguration(text, 'c.yaml')).toThrow(
      expect.objectContaining({ code: 'LLEM_E_USAGE', message: matching(message) }),
    );
  });
});

describe('readConfiguration', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llem-config-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('reads the file that LLEM_CONFIG names, and misses it when it is not there', async () => {
    const path = join(folder, 'mine.yaml');
    await expect(readConfiguration({ LLEM_CONFIG: path })).rejects.toMatchObject({
      code: 'LLEM_E_USAGE',
      message: containing(path),
    });
    await writeFile(path, 'output: there\n');
    expect(await readConfiguration({ LLEM_CONFIG: path })).toEqual({ output: 'there' });
  });
});

describe('effectiveOutput', () => {
  const all = {
    flag: 'a',
    env: { LLEM_OUTPUT: 'b' },
    configuration: { output: 'c' },
    configurationPath: '/c.yaml',
  };
  it.each([
    [all, { value: 'a', from: '--output' }],
    [
      { ...all, flag: undefined },
      { value: 'b', from: 'LLEM_OUTPUT' },
    ],
    [
      { ...all, flag: undefined, env: { LLEM_OUTPUT: '' } },
      { value: 'c', from: '/c.yaml' },
    ],
    [
      { ...all, flag: undefined, env: {}, configuration: {} },
      { value: './results', from: 'default' },
    ],
  ])('takes the first that says something (%#)', (input, expected) => {
    expect(effectiveOutput(input)).toEqual(expected);
  });
});
