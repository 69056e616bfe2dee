/** A small llem in a process of its own: starts a service, says how far it got, and dies where it is told to. */
import { spawn, type ChildProcess } from 'node:child_process';
import { requestOf, runnerWith, type Change } from './engine.fixture.js';

const built = new URL('../dist/runner.js', import.meta.url);

/**
 * `request`: when a request to the engine whose path has these words has been sent, and is not answered. `after`: so many milliseconds after
 * the start was asked for. `started`, `stopping`, `exit`, `throw`: then. `never`: it lives.
 */
export type Moment =
  { request: string } | { after: number } | 'started' | 'stopping' | 'exit' | 'throw' | 'never';

const program = `
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
const [runnerUrl, moment, request] = process.argv.slice(1).map((text) => JSON.parse(text));
const die = () => process.kill(process.pid, 'SIGKILL');
if (moment.request) {
  const ask = http.request;
  http.request = (...args) => {
    const asked = ask(...args);
    if (args[0].path?.includes(moment.request)) asked.once('finish', die);
    return asked;
  };
  syncBuiltinESMExports();
}
const { create } = await import(runnerUrl);
const runner = create({ cacheDir: '' }, {});
await runner.target();
const starting = runner.start(request, new AbortController().signal);
if (moment.after !== undefined) setTimeout(die, moment.after);
const service = await starting;
if (moment === 'started') die();
if (moment === 'stopping') { void service.stop(); setTimeout(die, 50); }
if (moment === 'exit') process.exit(0);
if (moment === 'throw') throw new Error('a fault of llem');
console.log(JSON.stringify({ ...service.facts, pid: process.pid }));
setInterval(() => {}, 1e6);
`;

export async function startLlem(moment: Moment, change: Change): Promise<ChildProcess> {
  const request = await requestOf(runnerWith(), change);
  const args = [built.href, moment, request].map((value) => JSON.stringify(value));
  return spawn(process.execPath, ['--input-type=module', '-e', program, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
}
