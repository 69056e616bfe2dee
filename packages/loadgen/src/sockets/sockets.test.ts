import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLinuxSockets } from './linux.js';
import { createNodeSockets } from './node.js';
import { createOpenFilesBuffer, notedFiles } from './open-files.js';
import { createSockets, type ByteSocket, type Sockets } from './sockets.js';

const originNs = process.hrtime.bigint();
const now = () => Number(process.hrtime.bigint() - originNs);
const openFiles = createOpenFilesBuffer();

async function linuxSockets(): Promise<Sockets> {
  const options = { url: new URL('http://127.0.0.1'), choice: 'auto', originNs, openFiles } as const;
  const sockets = await createLinuxSockets(options);
  if (!sockets) throw new Error('the sockets of Linux cannot be had on this machine');
  return sockets;
}

const KINDS: readonly { readonly name: string; readonly create: () => Promise<Sockets> | Sockets }[] = [
  { name: 'of Node.js', create: () => createNodeSockets(originNs) },
  ...(process.platform === 'linux' ? [{ name: 'of Linux', create: linuxSockets }] : []),
];

const cleanup: (() => void)[] = [];
afterEach(() => {
  for (const close of cleanup.splice(0)) close();
});

/** A server, by what it does with each connection. */
async function serve(onConnection: (socket: net.Socket) => void, host = '127.0.0.1'): Promise<string> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    cleanup.push(() => socket.destroy());
    onConnection(socket);
  });
  cleanup.push(() => server.close());
  server.listen(0, host);
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  return `http://localhost:${typeof address === 'object' && address ? address.port : 0}`;
}

interface Seen {
  readonly socket: ByteSocket;
  text: string;
  readonly opened: Promise<void>;
  readonly closed: Promise<string | null>;
}

function connect(sockets: Sockets, url: string): Seen {
  let onOpen: () => void = () => undefined;
  let onClose: (code: string | null) => void = () => undefined;
  const seen: Seen = {
    socket: sockets.connect(new URL(url), {
      onOpen: () => onOpen(),
      onRead: (bytes, start, end) => (seen.text += bytes.toString('latin1', start, end)),
      onClose: (code) => onClose(code),
    }),
    text: '',
    opened: new Promise((resolve) => (onOpen = resolve)),
    closed: new Promise((resolve) => (onClose = resolve)),
  };
  return seen;
}

describe.each(KINDS)('sockets $name', ({ create }) => {
  let sockets: Sockets;
  beforeEach(async () => {
    sockets = await create();
    cleanup.unshift(() => sockets.close());
  });

  it('carry what is written and what is answered, and tell the end in good order', async () => {
    const url = await serve((socket) =>
      socket.once('data', (bytes) => socket.end(`you said ${bytes.toString()}`)),
    );
    const seen = connect(sockets, url.replace('localhost', '127.0.0.1'));
    await seen.opened;
    seen.socket.write('é');
    expect(await seen.closed).toBeNull();
    expect(Buffer.from(seen.text, 'latin1').toString()).toBe('you said é');
  });

  it.each([
    ['127.0.0.1', 'localhost'],
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
  ])('find a server that listens on %s by %s', async (host, name) => {
    const url = await serve((socket) => socket.end('hello'), host);
    const seen = connect(sockets, url.replace('localhost', name));
    expect(await seen.closed).toBeNull();
    expect(seen.text).toBe('hello');
  });

  it('carry more than the kernel has room for, to a reader that takes its time', async () => {
    const whole = 'x'.repeat(32 * 1024 * 1024);
    let got = 0;
    const url = await serve((socket) => {
      socket.pause();
      setTimeout(() => socket.resume(), 100);
      socket.on('data', (bytes) => {
        got += bytes.length;
        if (got === whole.length + 3) socket.end();
      });
    });
    const seen = connect(sockets, url);
    await seen.opened;
    seen.socket.write(whole);
    seen.socket.write('end');
    expect(await seen.closed).toBeNull();
  });

  it('say that nobody listens, that a name is unknown, and that a connection was reset', async () => {
    expect(await connect(sockets, 'http://127.0.0.1:9').closed).toBe('ECONNREFUSED');
    expect(await connect(sockets, 'http://nowhere.invalid:9').closed).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
    const url = await serve((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const seen = connect(sockets, url);
    await seen.opened;
    seen.socket.write('a');
    expect(await seen.closed).toBe('ECONNRESET');
  });

  it('tell nothing more of a socket that was destroyed', async () => {
    let ended: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (ended = resolve));
    const url = await serve((socket) => {
      socket.on('close', ended);
      socket.write('first');
      socket.on('end', () => socket.end('last'));
    });
    const seen = connect(sockets, url);
    await seen.opened;
    seen.socket.destroy();
    const before = seen.text;
    await gone;
    expect(seen.text).toBe(before);
  });

  it('wake at a time and not much before, unless it is taken back', async () => {
    let woken = 0;
    const cancel = sockets.wakeAt(now() + 5e6, () => (woken += 1), true);
    cancel();
    const atNs = now() + 50e6;
    await new Promise<void>((resolve) => void sockets.wakeAt(atNs, resolve, false));
    // Timers of Node count from when its loop last looked at the clock, which on a busy machine was a while ago.
    expect(now()).toBeGreaterThan(atNs - 25e6);
    expect(woken).toBe(0);
  });
});

/** Writes a byte every 10 ms and then the times at which it did, of the clock that all processes share. */
const PACED = `
const server = require('node:net').createServer((socket) => {
  const sent = [];
  const timer = setInterval(() => {
    sent.push(String(process.hrtime.bigint()));
    socket.write('.');
    if (sent.length === 20) { clearInterval(timer); socket.end(); console.log(sent.join(' ')); server.close(); }
  }, 10);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;

describe.runIf(process.platform === 'linux')('arrival times of the kernel', () => {
  it('are those of the bytes, however late the thread comes to read them', async () => {
    const server = spawn(process.execPath, ['-e', PACED], { stdio: ['ignore', 'pipe', 'inherit'] });
    cleanup.push(() => void server.kill());
    let printed = '';
    server.stdout.on('data', (bytes: Buffer) => (printed += bytes.toString()));
    await once(server.stdout, 'data');
    const sockets = await linuxSockets();
    cleanup.unshift(() => sockets.close());
    const reads: { atNs: number; bytes: number; readNs: number }[] = [];
    const closed = new Promise((resolve) => {
      sockets.connect(new URL(`http://127.0.0.1:${Number(printed)}`), {
        onOpen: () => undefined,
        onRead(_, start, end, atNs) {
          reads.push({ atNs, bytes: end - start, readNs: now() });
          // Busy until the next one has long come.
          while (now() < atNs + 14e6);
        },
        onClose: resolve,
      });
    });
    await Promise.all([closed, once(server, 'close')]);
    const sentNs = (printed.split('\n')[1] ?? '').split(' ').map((at) => Number(BigInt(at) - originNs));
    expect(sockets.arrivalClock()).toBe('kernel');
    let count = 0;
    const late = reads.map(({ atNs, bytes, readNs }) => {
      count += bytes;
      // A read bears the time of its last byte.
      const trueNs = sentNs[count - 1] ?? NaN;
      return { told: atNs - trueNs, read: readNs - trueNs };
    });
    expect(count).toBe(20);
    late.sort((one, other) => one.told - other.told);
    for (const { told } of late) expect(told).toBeGreaterThanOrEqual(0);
    expect(late[Math.floor(late.length / 2)]?.told).toBeLessThan(1e6);
    expect(Math.max(...late.map(({ read }) => read))).toBeGreaterThan(3e6);
  });

  it('leave nothing open', async () => {
    const sockets = await linuxSockets();
    const url = await serve(() => undefined);
    await connect(sockets, url).opened;
    expect(notedFiles(openFiles).length).toBeGreaterThan(1);
    sockets.close();
    expect(notedFiles(openFiles)).toEqual([]);
  });
});

it('are those of Node.js for https and where they are asked for', async () => {
  for (const [url, choice] of [
    ['https://127.0.0.1:9', 'auto'],
    ['http://127.0.0.1:9', 'node'],
  ] as const) {
    const sockets = await createSockets({ url: new URL(url), choice, originNs, openFiles });
    expect(notedFiles(openFiles)).toEqual([]);
    sockets.close();
  }
});
