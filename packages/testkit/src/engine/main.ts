/** The simulated engine as a process: the command line of llama-server, faults from the environment. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArguments } from './arguments.js';
import { engineOptionsSchema, type EngineOptions, type EngineOptionsInput } from './options.js';
import { startSimulatedEngine } from './server.js';

/** Environment variable with JSON of EngineOptionsInput; the command line wins over it. */
const VARIABLE = 'LLEM_SIMULATED_ENGINE';

const argv = process.argv.slice(2);
const log = (line: string) => console.error(line);

if (argv.includes('--version')) {
  log('version: 0 (simulated)');
} else {
  await run(readOptions());
}

function readOptions(): EngineOptions {
  try {
    const fromEnvironment = engineOptionsSchema.parse(JSON.parse(process.env[VARIABLE] ?? '{}'));
    const { faults } = fromEnvironment;
    const well: EngineOptionsInput = faults.once === undefined || isFirst(faults.once) ? {} : { faults: {} };
    return engineOptionsSchema.parse({ ...fromEnvironment, ...parseArguments(argv), ...well });
  } catch (error) {
    log(`error: invalid argument, or ${VARIABLE}: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(2);
  }
}

async function run(options: EngineOptions): Promise<void> {
  const { faults } = options;
  if (faults['ignore-sigterm'] === true) onSignal(() => undefined);
  flood(faults['flood-log'] ?? 0);
  for (let left = faults.daemons ?? 0; left > 0; left -= 1) leaveBehind();
  const code = faults['exit-at-start'];
  if (code !== undefined) {
    log('error: failed to load model');
    process.exit(code);
  }
  try {
    const engine = await startSimulatedEngine(options, argv);
    // Before the line that tells others that they may go ahead.
    if (faults['ignore-sigterm'] !== true) onSignal(() => void engine.close());
    log(`main: server is listening on ${engine.baseUrl}`);
    process.exit(await engine.ended);
  } catch (error) {
    const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    const where = `hostname: ${options.host}, port: ${options.port}`;
    log(inUse ? `error: couldn't bind HTTP server socket, ${where}` : `error: ${String(error)}`);
    process.exit(1);
  }
}

function onSignal(act: () => void): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log(`received ${signal}`);
      act();
    });
  }
}

/** True for the one that makes the file. */
function isFirst(path: string): boolean {
  try {
    writeFileSync(path, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** A shell leads a session of its own, has a child there, and ends: what is called a double fork. */
function leaveBehind(): void {
  spawn('sh', ['-c', 'trap "" TERM; sleep 3600 &'], { detached: true, stdio: 'ignore' }).unref();
}

/** Node writes to files and pipes of POSIX systems at once: it is out before the engine serves. */
function flood(bytes: number): void {
  const block = `${'x'.repeat(1_023)}\n`.repeat(64);
  for (let left = bytes; left > 0; left -= block.length) process.stderr.write(block.slice(0, left));
}
