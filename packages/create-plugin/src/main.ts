/** The command line: `npx @llem/create-plugin backend my-engine`. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { exitCodeOf, isLlemError, llemError } from '@llem/core';
import { outsideFiles } from './files.js';
import { requestOf, USAGE } from './request.js';
import { ownPackage } from './versions.js';
import { writePlugin } from './write.js';

const HELP = `Starts a plugin of llem: a package that builds, passes its conformance suite, and can be linked and run at once.

  ${USAGE}

  <kind>          backend  how one engine is started and spoken to
                  runner   where engines run: a process, a container, a cluster
                  meter    a source of energy and power
                  dataset  a source of prompts
  <id>            what a study will call it: lower case letters, digits and hyphens
  --dir FOLDER    where it is written; llem-<kind>-<id> unless said
  --name PACKAGE  name of the package; llem-<kind>-<id> unless said
  --version       which version this is
`;

const FLAGS = {
  dir: { type: 'string' },
  name: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const satisfies ParseArgsConfig['options'];

/** Says what it has done, or what is wrong. The exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    process.stdout.write(await run(args));
    return 0;
  } catch (error) {
    if (!isLlemError(error)) throw error;
    process.stderr.write(`error: ${error.message}\n  what to do: ${error.remedy}\n`);
    return exitCodeOf(error);
  }
}

async function run(args: readonly string[]): Promise<string> {
  const { values, positionals } = parsed(args);
  if (values.help === true) return HELP;
  if (values.version === true) return `${(await ownPackage()).version}\n`;
  const request = requestOf(positionals, values);
  await writePlugin(request.folder, await outsideFiles(request));
  return [
    `The ${request.kind} ${request.id} is in ${request.folder}. Next:`,
    '',
    `  cd ${request.folder}`,
    '  npm install',
    '  npm test',
    '  llem plugins link .',
    '  llem run study.yaml',
    '',
    'Its README.md says which file to change for what.',
    '',
  ].join('\n');
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw llemError('LLEM_E_USAGE', `${message.split('. ')[0] ?? message}.`.replace(/\.\.$/, '.'), {
      remedy: `Type \`${USAGE}\`; --help says more.`,
      cause: error,
    });
  }
}
