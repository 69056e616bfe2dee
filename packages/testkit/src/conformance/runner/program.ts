/**
 * The service that runners are tried with. Never imported: node is given its text, with its orders as JSON in the one argument, so that it
 * runs in a container that has node and nothing else. It imports nothing but node.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { Socket } from 'node:net';
import type { Orders } from './orders.js';

const orders: unknown = JSON.parse(process.argv[1] ?? '');
if (orders === 'child') beChild();
else if (isOrders(orders)) obey(orders);

function obey(orders: Orders): void {
  const { ends, words } = orders;
  if (ends === null) {
    serve(orders);
    return;
  }
  for (let line = 0; line < ends.lines; line += 1) console.log(`service: line ${line}`);
  console.log(words.last);
  process.exitCode = ends.code;
}

function serve({ host, port, deaf, child: hasChild, odd, words }: Orders): void {
  process.on('SIGTERM', () => {
    console.log(words.asked);
    if (!deaf) process.exit(0);
  });
  // Asks for something else.
  process.on('SIGHUP', () => {
    if (!deaf) process.exit(1);
  });
  const child = hasChild
    ? spawn(process.execPath, [...process.execArgv, '"child"'], { stdio: ['ignore', 1, 2, 'ipc'] })
    : null;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://service');
    const value = searchParams.get('value') ?? '';
    switch (pathname) {
      case '/health':
        response.end('ready');
        break;
      case '/say':
        console.log(value);
        response.end();
        break;
      case '/given':
        response.end(JSON.stringify({ env: process.env, odd }));
        break;
      case '/exit':
        response.end(() => process.exit(Number(value)));
        break;
      case '/die':
        response.end(() => process.kill(process.pid, 'SIGKILL'));
        break;
      default:
        response.writeHead(404).end();
    }
  });
  // A connection that the service, or its child, has for as long as it lives.
  server.on('upgrade', (request, socket) => {
    if (!(socket instanceof Socket)) return;
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: life\r\n\r\n');
    if (request.url === '/child') child?.send('hold', socket);
    else hold(socket);
  });
  server.listen(port, host, () => {
    console.log(words.up);
    console.error(words.upOnStderr);
  });
}

function beChild(): void {
  process.on('SIGTERM', () => undefined);
  process.on('message', (_, socket) => {
    if (socket instanceof Socket) hold(socket);
  });
  setInterval(() => undefined, 60_000);
}

function hold(socket: Socket): void {
  socket.on('error', () => undefined);
  socket.write(`${process.pid}\n`);
  socket.resume();
}

/** Its one sender is the suite. */
function isOrders(value: unknown): value is Orders {
  return typeof value === 'object' && value !== null && 'words' in value && 'port' in value;
}
