/** Sockets of Node.js: http and https on every platform. A read is stamped when the thread comes to it. */
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import tls from 'node:tls';
import type { ByteSocket, Sockets } from './sockets.js';

/** What one read may bring; as much as libuv asks for by itself. */
const READ_BYTES = 64 * 1024;
/** Timers have a grain of 1 ms. */
const GRAIN_NS = 1e6;

export function createNodeSockets(originNs: bigint): Sockets {
  const now = () => Number(process.hrtime.bigint() - originNs);
  /** All sockets share it: each read is dealt with before the next one. */
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const open = new Set<net.Socket>();
  let hasRead = false;

  return {
    connect(url, events) {
      let told = false;
      const close = (errorCode: string | null): void => {
        open.delete(socket);
        if (told) return;
        told = true;
        events.onClose(errorCode);
      };
      const onBytes = (length: number): boolean => {
        hasRead = true;
        const arrivedNs = now();
        if (!told) events.onRead(buffer, 0, length, arrivedNs);
        return true;
      };
      const socket = openSocket(url, { buffer, callback: onBytes });
      open.add(socket);
      socket.setNoDelay(true);
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => events.onOpen());
      socket.on('error', (error: NodeJS.ErrnoException) => close(error.code ?? error.message));
      socket.on('close', () => close(null));
      return {
        write: (text) => void socket.write(text, 'utf8'),
        destroy() {
          told = true;
          open.delete(socket);
          socket.destroy();
        },
      } satisfies ByteSocket;
    },
    wakeAt: (atNs, wake, exactly) => wakeIn(atNs - now(), wake, exactly),
    busyS: () => performance.eventLoopUtilization().active / 1_000,
    arrivalClock: () => (hasRead ? 'thread' : null),
    close() {
      for (const socket of [...open]) socket.destroy();
    },
  };
}

function openSocket(url: URL, onread: net.OnReadOpts): net.Socket {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const where = { host, port, onread };
  if (!secure) return net.connect(where);
  const servername = net.isIP(host) ? {} : { servername: host };
  return tls.connect({ ...where, ALPNProtocols: ['http/1.1'], ...servername });
}

function wakeIn(leftNs: number, wake: () => void, exactly: boolean): () => void {
  if (leftNs > 2 * GRAIN_NS || !exactly) {
    const timer = setTimeout(wake, Math.max(1, Math.floor(leftNs / GRAIN_NS) - 1));
    return () => clearTimeout(timer);
  }
  const handle = setImmediate(wake);
  return () => clearImmediate(handle);
}
