/** A simulated server as a process: the command line of the one for which it stands, faults from the environment. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Spoken } from './dialects/dialect.js';
import type { DialectName } from './dialects/index.js';
import { launchSimulated, type Launched } from './launch.js';
import { engineOptionsSchema } from './options.js';
import { startSimulatedEngine } from './server.js';

/** Environment variable with JSON of EngineOptionsInput; the command line wins over it. */
const VARIABLE = 'LLEM_SIMULATED_ENGINE';

const log = (line: string) => console.error(line);

/** Does what the command line of this process says, and ends the process as the program would. */
export async function runSimulatedServer(name: DialectName): Promise<void> {
  const argv = process.argv.slice(2);
  const launched = await read(name, argv);
  if (launched.kind === 'spoken') {
    process.stdout.write(launched.stdout);
    process.stderr.write(launched.stderr);
    process.exitCode = launched.code;
  } else {
    await run(launched, argv);
  }
}

async function read(name: DialectName, argv: readonly string[]): Promise<Launched | Spoken> {
  try {
    const set = z.record(z.string(), z.unknown()).parse(JSON.parse(process.env[VARIABLE] ?? '{}'));
    const { faults } = engineOptionsSchema.parse(set);
    const well = faults.once === undefined || isFirst(faults.once) ? {} : { faults: {} };
    return await launchSimulated(name, argv, { ...set, ...well }, process.env);
  } catch (error) {
    log(`error: invalid argument, or ${VARIABLE}: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(2);
  }
}

async function run({ options, server }: Launched, argv: readonly string[]): Promise<void> {
  const write = (lines: readonly string[]) => {
    for (const line of lines) log(line);
  };
  const { faults } = options;
  if (faults['ignore-sigterm'] === true) onSignal(() => undefined);
  flood(faults['flood-log'] ?? 0);
  for (let left = faults.daemons ?? 0; left > 0; left -= 1) leaveBehind();
  const code = faults['exit-at-start'];
  if (code !== undefined) {
    write(server.log.failed.model);
    process.exit(code);
  }
  write(server.log.starting);
  const failure = faults['fails-at-start'];
  if (failure !== undefined) {
    write(server.log.failed[failure]);
    process.exit(1);
  }
  try {
    const engine = await startSimulatedEngine(options, argv, server);
    // Before the line that tells others that they may go ahead.
    if (faults['ignore-sigterm'] !== true) onSignal(() => void engine.close());
    write(server.log.ready(engine.baseUrl, engine.port));
    process.exit(await engine.ended);
  } catch (error) {
    const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    write(inUse ? server.log.portInUse(options.host, options.port) : [`error: ${String(error)}`]);
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
