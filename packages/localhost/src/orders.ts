/**
 * The other end of `launchSupervisor`: how a supervisor hears orders, and that llem has gone. Its stdin is the control pipe, its stdout carries
 * answers. Apart from the rest, as supervisors import next to nothing.
 */
import { writeSync } from 'node:fs';

/** Signals that would end a supervisor before it has ended what it is there for. */
const FATAL_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

/**
 * Calls `obey` with every order, as it was sent, and `leftAlone` when llem has died, or this process was asked to end: more than once, it may be. An
 * order that the end of the pipe has cut off is none. What `obey` throws is an uncaught exception.
 */
export function hearOrders(obey: (order: unknown) => void, leftAlone: () => void): void {
  for (const signal of FATAL_SIGNALS) process.on(signal, leftAlone);
  process.stdin.on('end', leftAlone);
  process.stdin.on('error', leftAlone);
  process.stdin.setEncoding('utf8');
  let received = '';
  process.stdin.on('data', (chunk: string) => {
    const lines = (received + chunk).split('\n');
    received = lines.pop() ?? '';
    for (const line of lines) obey(JSON.parse(line));
  });
}

/** One line, which llem reads with `nextLine`. It is written when this returns. */
export function answer(line: string): void {
  try {
    writeSync(1, `${line}\n`);
  } catch {
    // llem has gone; the end of stdin says so too.
  }
}
