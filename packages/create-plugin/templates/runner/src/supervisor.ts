/**
 * A small process between llem and the engine. When llem ends, in whatever way, `kill -9` included, the pipe to this process closes, and it
 * ends the engine. Run with node, never imported. It leads a session of its own, so that Ctrl-C does not reach it; while the engine runs it
 * sleeps, since it lives beside a measurement. Its standard error is the engine's log.
 */
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import type { Order, Report } from './messages.js';
import { endAll, type ServiceProcesses } from './processes.js';

/** What an engine is given to end by itself when its llem has died, in milliseconds. */
const ORPHAN_GRACE_MS = 800;

let service: ServiceProcesses | null = null;
let leaderEnded = Promise.resolve();
let killAt = Infinity;
let ending = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void end(ORPHAN_GRACE_MS));
}
process.on('uncaughtException', (error) => {
  console.error(error);
  void end(0);
});
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order: unknown = JSON.parse(line);
    if (!isOrder(order)) throw new Error('The supervisor was given an order that it does not know.');
    if (order.type === 'stop') void end(order.graceMs);
    else if (!ending) start(order);
  })
  // The pipe is closed: llem has gone.
  .on('close', () => void end(ORPHAN_GRACE_MS));

function start({ command: [file, ...args], env, mark, niceness }: Order & { readonly type: 'start' }): void {
  try {
    // Children have the priority of their parent: set here, the engine has it from its first instruction on.
    if (niceness > 0) setPriority(niceness);
    // `detached`: the engine leads a group of its own, which can be ended as a whole. Its output goes straight into the log.
    const engine = spawn(file, args, { detached: true, env, stdio: ['ignore', 2, 2] });
    if (engine.pid !== undefined) service = { groupId: engine.pid, mark };
    engine.on('error', giveUp);
    engine.once('spawn', () => {
      if (engine.pid !== undefined) report({ type: 'started', pid: engine.pid });
    });
    leaderEnded = new Promise((resolve) => {
      engine.once('exit', (code, signal) => {
        report({ type: 'exited', code, signal });
        resolve();
        // What it left behind serves nobody any more.
        void end(ORPHAN_GRACE_MS);
      });
    });
  } catch (error) {
    giveUp(error);
  }
}

function giveUp(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  report({ type: 'failed', code, message });
  process.exit(0);
}

/** Ends the engine and then this process. A later call can only hasten it. */
async function end(graceMs: number): Promise<void> {
  killAt = Math.min(killAt, performance.now() + graceMs);
  if (ending) return;
  ending = true;
  if (service !== null && (await endAll(service, () => killAt))) await leaderEnded;
  process.exit(0);
}

function report(message: Report): void {
  try {
    writeSync(1, `${JSON.stringify(message)}\n`);
  } catch {
    // llem has gone; the end of stdin says so too.
  }
}

function isOrder(value: unknown): value is Order {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  if (value.type === 'stop') return 'graceMs' in value && typeof value.graceMs === 'number';
  return value.type === 'start' && 'command' in value && Array.isArray(value.command);
}
