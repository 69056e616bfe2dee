/** The command line from arguments to exit code: the one place where errors end and where the process ends. */
import { Config, run, settings } from '@oclif/core';
import { reportFailure } from './errors/report.js';
import { ignoreClosedPipe, written } from './terminal/streams.js';

/** Runs one command and exits. `entry` is the `file:` URL of the executable, from which oclif finds its package. */
export async function main(argv: readonly string[], entry: string): Promise<never> {
  ignoreClosedPipe(process.stdout);
  ignoreClosedPipe(process.stderr);
  showWarningsAsLines();
  // Plugins ship JavaScript; without this oclif looks for a TypeScript loader in every linked one.
  settings.enableAutoTranspile = false;
  const code = await exitCodeOfCommand(argv, entry);
  // A process that exits drops what is still on its way to a pipe.
  await Promise.all([written(process.stdout), written(process.stderr)]);
  process.exit(code);
}

async function exitCodeOfCommand(argv: readonly string[], entry: string): Promise<number> {
  try {
    const config = await Config.load(entry);
    await run([...argv], config);
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    const flags = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length);
    return reportFailure(error, {
      debug: flags.includes('--debug'),
      json: flags.includes('--json'),
      stdout: process.stdout,
      stderr: process.stderr,
    });
  }
}

/** Node prints warnings with its own process id and hints for developers; people get the sentence. */
function showWarningsAsLines(): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name === 'DeprecationWarning' || warning.name === 'ExperimentalWarning') return;
    process.stderr.write(`warning: ${warning.message.split('\n')[0] ?? ''}\n`);
  });
}
