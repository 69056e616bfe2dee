/** Questions to a service, and connections by which one sees that its processes live. */
import { request as requestByHttp } from 'node:http';
import { demand } from '../rule.js';

const ANSWER_MS = 2_000;
const CONNECT_MS = 5_000;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Null where nobody answers. Never rejects. */
export function ask(url: string): Promise<Answer | null> {
  return new Promise((resolve) => {
    // A connection of its own for each question: who listens now may not be who listened before.
    const asked = requestByHttp(url, { agent: false, signal: AbortSignal.timeout(ANSWER_MS) }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('error', () => resolve(null));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    asked.on('error', () => resolve(null));
    asked.end();
  });
}

/** A process of a service, seen by a connection that the system closes when the process is gone, and no earlier. */
export interface Life {
  /** As the process itself counts: in a container otherwise than outside. */
  readonly pid: number;
  readonly isOver: () => boolean;
  /** Resolves when the process is gone. */
  readonly over: Promise<void>;
  /** Looks at it no longer. */
  close(): void;
}

/** Of the service itself, or of its child. */
export async function watchLife(baseUrl: string, whose: 'service' | 'child'): Promise<Life> {
  const told = await new Promise<Omit<Life, 'isOver'>>((resolve, reject) => {
    const headers = { connection: 'upgrade', upgrade: 'life' };
    const asked = requestByHttp(`${baseUrl}/${whose}`, { agent: false, headers, timeout: CONNECT_MS });
    asked.on('timeout', () => asked.destroy(new Error('The service does not answer.')));
    asked.on('error', reject);
    asked.on('upgrade', (_, socket, head) => {
      socket.setTimeout(0);
      socket.on('error', () => undefined);
      const over = new Promise<void>((end) => socket.once('close', () => end()));
      const onText = (bytes: Buffer) => {
        resolve({ pid: Number(bytes.toString()), over, close: () => void socket.destroy() });
      };
      if (head.length > 0) onText(head);
      else socket.once('data', onText);
      socket.resume();
    });
    asked.end();
  });
  demand(Number.isInteger(told.pid), 'The service told no process id.');
  let isOver = false;
  void told.over.then(() => {
    isOver = true;
  });
  return { ...told, isOver: () => isOver };
}
