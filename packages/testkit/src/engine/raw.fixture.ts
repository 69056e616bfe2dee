/** A client that sees bytes, for tests. */
import { once } from 'node:events';
import { connect } from 'node:net';

/** Sends these pieces, each when the one before has left, and reads until the connection closes or `until` has come. */
export async function exchange(port: number, pieces: readonly string[], until?: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined);
  let read = '';
  const enough = new Promise<void>((resolve) => {
    socket.setEncoding('latin1').on('data', (text: string) => {
      read += text;
      if (until !== undefined && read.includes(until)) resolve();
    });
  });
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  for (const piece of pieces) {
    await new Promise<void>((resolve) => socket.write(piece, 'latin1', () => setImmediate(resolve)));
  }
  await Promise.race([closed, enough]);
  socket.destroy();
  return read;
}

export function requestFor(body: object, path = '/v1/completions', headers = ''): string {
  const json = JSON.stringify(body);
  return `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers}content-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`;
}

/** Data of each event, by the rules of server-sent events (WHATWG HTML, 9.2.6). */
export function eventsOf(body: string): string[] {
  const events: string[] = [];
  let data: string[] = [];
  for (const line of body.split(/\r\n|\n|\r/)) {
    if (line === '') {
      if (data.length > 0) events.push(data.join('\n'));
      data = [];
    } else if (line.startsWith('data:')) {
      data.push(line.slice(5).replace(/^ /, ''));
    }
  }
  return events;
}
