/** The command line from arguments to exit code: the one place where errors end and where the process ends. */
import { fileURLToPath } from 'node:url';
import type * as Reports from './errors/report.js';
import { endOnInterruption, exit } from './terminal/interruption.js';
import { columnsOfTerminal, watchStream, written } from './terminal/streams.js';

/** Runs one command and exits. `entry` is the `file:` URL of the executable, from which oclif finds its package. */
export async function main(argv: readonly string[], entry: string): Promise<never> {
  endOnInterruption();
  showWarningsAsLines();
  // Loaded only now: it takes a while, and a signal may come.
  const oclif = await loadOclif();
  // The command of oclif would end the process for an error of standard output; it is loaded by now.
  process.stdout.removeAllListeners('error');
  const answer = watchStream(process.stdout);
  watchStream(process.stderr);
  /** Never rejects: a rejection comes back here as an uncaught exception, and would go round for ever. */
  const reportOne = async (failure: (reports: typeof Reports) => unknown): Promise<number> => {
    try {
      const reports = await import('./errors/report.js');
      const { stdout, stderr } = process;
      const output = { ...reportingFlags(argv), stdout, stderr, ...columnsOfTerminal(stderr) };
      return reports.reportFailure(failure(reports), output);
    } catch (broken) {
      return reportPlainly(broken);
    }
  };
  const report = (error: unknown) => reportOne(() => error);
  /** A process that exits drops what is still on its way to a pipe. An answer that did not arrive is no success. */
  const end = async (code: number): Promise<never> => {
    await Promise.all([written(process.stdout), written(process.stderr)]);
    const loss = answer.loss();
    if (!loss) return exit(code);
    const lost = await reportOne(({ lostOutput }) => lostOutput(loss));
    await written(process.stderr);
    return exit(code === 0 ? lost : code);
  };
  // What is thrown outside of the command's own promise, in a callback of a plugin for example, ends the same way.
  process.on('uncaughtException', (error) => void report(error).then(end));
  // Node ends a process in which nothing can happen any more, without a word, although the command still waits.
  process.once('beforeExit', () => {
    void reportOne(({ nothingLeft }) => nothingLeft()).then(end);
  });
  return end(await exitCodeOfCommand(oclif, argv, entry).catch(report));
}

/** The parts of oclif that a start needs: its index would load all of them, and a version check with libraries of its own. */
async function loadOclif() {
  const [{ run }, { settings }] = await Promise.all([
    import('@oclif/core/run'),
    import('@oclif/core/settings'),
    import('@oclif/core/command'),
  ]);
  return { run, settings };
}

async function exitCodeOfCommand(
  { run, settings }: Awaited<ReturnType<typeof loadOclif>>,
  argv: readonly string[],
  entry: string,
): Promise<number> {
  // Plugins ship JavaScript; without this oclif looks for a TypeScript loader in every linked one.
  settings.enableAutoTranspile = false;
  // Of plugins that a user adds nothing runs but what a command asks for: no hook, and no command of their own.
  await run([...argv], { root: fileURLToPath(entry), userPlugins: false });
  return typeof process.exitCode === 'number' ? process.exitCode : 0;
}

/** What reports cannot be loaded, or has itself failed: a half-built checkout, an error that cannot be turned into text. */
function reportPlainly(broken: unknown): number {
  const why = broken instanceof Error ? (broken.message.split('\n')[0] ?? '') : 'it cannot be told';
  process.stderr.write(
    `error: llem failed, and so did its report of that: ${why}\n` +
      '  what to do: Part of llem may be missing. Run `npm run setup` in the checkout, or install llem again; where that does not help, report it as a bug.\n',
  );
  return 1;
}

/** Read here because an error may come before the flags are parsed, or be about them. */
function reportingFlags(argv: readonly string[]): { debug: boolean; json: boolean } {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  return { debug: flags.includes('--debug'), json: flags.includes('--json') };
}

/** Node prints warnings with its own process id and hints for developers; people get the sentence. */
function showWarningsAsLines(): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name === 'DeprecationWarning' || warning.name === 'ExperimentalWarning') return;
    process.stderr.write(`warning: ${warning.message.split('\n')[0] ?? ''}\n`);
  });
}
