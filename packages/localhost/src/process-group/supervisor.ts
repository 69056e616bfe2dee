/**
 * The supervisor: a small process between llem and one engine, so that the engine cannot outlive llem however llem ends.
 * Run with node, never imported. Its stderr is the engine's log. It imports next to nothing, since it lives beside a measurement; while the
 * engine runs it has no timer and sleeps.
 */
import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { answer, hearOrders } from '../orders.js';
import { isRunning, killService, signalService, type ServiceProcesses } from './members.js';
import type { Order, Report } from './messages.js';

/** Grace of an engine whose llem has died, or whose leader left others behind, in milliseconds. */
const ORPHAN_GRACE_MS = 800;
/** Time that a killed process may take to disappear, in milliseconds; only one stuck in the kernel takes longer. */
const KILL_LIMIT_MS = 5_000;

let service: ServiceProcesses | null = null;
let leaderEnded = Promise.resolve();
let killAt = Infinity;
let ending = false;

process.on('uncaughtException', (error) => {
  console.error(error);
  void end(0);
});
hearOrders(obey, () => void end(ORPHAN_GRACE_MS));

function obey(order: unknown): void {
  if (!isOrder(order)) throw new Error('The supervisor was given an order that it does not know.');
  if (order.type === 'stop') void end(order.graceMs);
  else if (!ending && service === null) start(order);
}

function start(order: Order & { readonly type: 'start' }): void {
  const [file, ...args] = order.command;
  try {
    // `detached` makes the engine lead a session and a group of its own. Its output goes straight into the log's descriptor.
    const engine = spawn(file, args, { detached: true, env: order.env, stdio: ['ignore', 2, 2] });
    if (engine.pid !== undefined) service = { groupId: engine.pid, mark: order.mark };
    leaderEnded = new Promise((resolve) => {
      engine.once('exit', (code, signal) => {
        report({ type: 'exited', code, signal });
        resolve();
        // What the leader left behind serves nobody any more.
        if (!ending) void end(ORPHAN_GRACE_MS);
      });
    });
    engine.once('spawn', () => {
      if (engine.pid !== undefined) report({ type: 'started', pid: engine.pid });
    });
    engine.on('error', (error) => {
      if (engine.pid === undefined) giveUp(error);
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

/** Ends the engine and then this process: SIGTERM, at most `graceMs`, SIGKILL. A later call can only hasten it. */
async function end(graceMs: number): Promise<void> {
  killAt = Math.min(killAt, performance.now() + graceMs);
  if (ending) return;
  ending = true;
  if (service !== null) {
    signalService(service, 'SIGTERM');
    while (isRunning(service) && performance.now() < killAt) await pause(25);
    if (await killService(service, KILL_LIMIT_MS)) await leaderEnded;
  }
  process.exit(0);
}

const report = (message: Report): void => answer(JSON.stringify(message));

function isOrder(value: unknown): value is Order {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  if (value.type === 'stop') return 'graceMs' in value && typeof value.graceMs === 'number';
  return value.type === 'start' && 'command' in value && Array.isArray(value.command) && 'env' in value;
}
