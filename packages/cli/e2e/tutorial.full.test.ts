/**
 * The tutorial of docs/plugins.md, block by block as a reader follows it: files are written, commands are run, and what they are said to
 * print is held against what they print. Only what would reach the network is done otherwise.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BIN, workplace, type Workplace } from './llem.js';

const run = promisify(execFile);
const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const DOCUMENT = fromHere('../../../docs/plugins.md');
const CREATE_PLUGIN = fromHere('../../create-plugin/bin/run.js');
/** Above the folder of the reader lies what npm would install. */
const MODULES = fromHere('../../../node_modules');
/** A port that nobody listens on, so that nothing asks a registry. */
const NO_REGISTRY = 'http://127.0.0.1:9/';
/** Longest that one command may take, in milliseconds: the suite starts engines and stops them. */
const LONGEST_MS = 240_000;

/** What is done in place of a command of the document. */
const INSTEAD: Readonly<Record<string, string>> = {
  'npm install': 'true',
  'npm publish': 'npm publish --dry-run',
};

interface Block {
  readonly language: string;
  /** The file that it is; empty for commands. */
  readonly file: string;
  readonly text: string;
}

/** The blocks of the document from the tutorial on. */
function blocksOf(document: string): Block[] {
  const tutorial = document.slice(document.indexOf('\n## Write your own'));
  return [...tutorial.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)].map(
    ([, language = '', file = '', text = '']) => ({ language, file, text }),
  );
}

/** Commands with the output that is shown of each. */
function commandsOf(text: string): { command: string; shown: string }[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      return { command: part.slice(0, end), shown: part.slice(end + 1) };
    });
}

/** `...` stands for anything, on a line of its own for any number of lines. */
function pattern(shown: string): RegExp {
  const escaped = shown.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/^\\\.\\\.\\\.\n/gm, '(?:.*\n)*').replaceAll('\\.\\.\\.', '.*')}$`);
}

let place: Workplace;
let env: NodeJS.ProcessEnv;
// A second attempt starts from an empty folder as well.
beforeEach(async () => {
  place = await workplace();
  await symlink(MODULES, join(place.dir, 'node_modules'));
  await mkdir(join(place.dir, 'bin'));
  await writeFile(join(place.dir, 'bin', 'llem'), `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`);
  await chmod(join(place.dir, 'bin', 'llem'), 0o755);
  env = {
    ...place.env,
    // A publication asks what is there already. Nobody answers, and that is no reason to wait.
    npm_config_fetch_retries: '0',
    PATH: `${join(place.dir, 'bin')}:${process.env['PATH'] ?? ''}`,
    NO_COLOR: '1',
    npm_config_registry: NO_REGISTRY,
  };
});
afterEach(() => place.remove());

it(
  'does what it says, from an empty folder to a package that can be published',
  async () => {
    const blocks = blocksOf(await readFile(DOCUMENT, 'utf8'));
    let folder = place.dir;
    for (const { language, file, text } of blocks) {
      if (language !== 'console') {
        expect(file, `a block that is no file:\n${text}`).not.toBe('');
        await writeFile(join(folder, file), text);
        continue;
      }
      for (const { command, shown } of commandsOf(text)) {
        if (command.startsWith('cd ')) {
          folder = resolve(folder, command.slice(3));
          continue;
        }
        const line = (INSTEAD[command] ?? command).replace(
          'npx @llem/create-plugin',
          `node ${CREATE_PLUGIN}`,
        );
        const { stdout } = await run('sh', ['-c', line], { cwd: folder, env, timeout: LONGEST_MS }).catch(
          (error: unknown) => {
            throw new Error(`${command} failed: ${outputOf(error)}`, { cause: error });
          },
        );
        if (shown !== '') expect(stdout, command).toMatch(pattern(shown));
      }
    }
    // A document without blocks would pass.
    expect(blocks.length).toBeGreaterThan(10);
  },
  2 * LONGEST_MS,
);

function outputOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return ['message', 'stdout', 'stderr'].map((key) => String(Reflect.get(error, key))).join('\n');
}
