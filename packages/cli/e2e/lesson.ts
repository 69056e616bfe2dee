/**
 * A section of docs/plugins.md, block by block as a reader follows it: files are written, commands are run, and what they are said to
 * print is held against what they print.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const DOCUMENT = fileURLToPath(new URL('../../../docs/plugins.md', import.meta.url));
/** Longest that one command may take, in milliseconds: the suite starts engines and stops them. */
const LONGEST_MS = 240_000;

interface Block {
  readonly language: string;
  /** The file that it is; empty for commands. */
  readonly file: string;
  readonly text: string;
}

interface Command {
  readonly line: string;
  /** What is shown of its output; empty where nothing is. */
  readonly shown: string;
}

/** What there is to begin with: the folder that the reader is in, and the environment, whose `HOME` is the reader's. */
export interface Reader {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv & { readonly HOME: string };
}

/** Follows the section to its end, and gives the number of its blocks. Throws at the first that does not do what it says. */
export async function follow(section: string, { folder, env }: Reader): Promise<number> {
  const blocks = blocksOf(await readFile(DOCUMENT, 'utf8'), section);
  let place = folder;
  for (const { language, file, text } of blocks) {
    if (language !== 'console') {
      expect(file, `a block that is no file:\n${text}`).not.toBe('');
      const path = file.startsWith('~/') ? join(env.HOME, file.slice(2)) : join(place, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      continue;
    }
    for (const { line, shown } of commandsOf(text)) {
      if (line.startsWith('cd ')) {
        place = resolve(place, line.slice('cd '.length));
        continue;
      }
      const { succeeded, output } = await run(line, place, env);
      expect(succeeded, `${line}\n${output}`).toBe(!shown.startsWith('error: '));
      if (shown !== '') expect(output, line).toMatch(pattern(shown));
    }
  }
  return blocks.length;
}

function blocksOf(document: string, section: string): Block[] {
  const [, text = ''] = document.split(new RegExp(`^## ${section}$`, 'm'));
  const [own = ''] = text.split(/^## /m);
  return [...own.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)].map(
    ([, language = '', file = '', content = '']) => ({ language, file, text: content }),
  );
}

function commandsOf(text: string): Command[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      return { line: part.slice(0, end), shown: part.slice(end + 1) };
    });
}

/** Both streams in one, as on a terminal. */
async function run(line: string, cwd: string, env: NodeJS.ProcessEnv) {
  return new Promise<{ succeeded: boolean; output: string }>((done) => {
    execFile('sh', ['-c', `{ ${line}\n} 2>&1`], { cwd, env, timeout: LONGEST_MS }, (error, output) =>
      done({ succeeded: error === null, output }),
    );
  });
}

/** `...` stands for anything, on a line of its own for any number of lines. */
function pattern(shown: string): RegExp {
  const escaped = shown.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/^\\\.\\\.\\\.\n/gm, '(?:.*\n)*').replaceAll('\\.\\.\\.', '.*')}$`);
}
