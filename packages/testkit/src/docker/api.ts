/** One request to an engine's socket. Without a version in the path, every engine answers with its newest interface. */
import { request } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';

export interface DockerAnswer {
  readonly status: number;
  readonly body: string;
}

export interface DockerRequest {
  /** Sent as JSON; a stream is sent as a tar. */
  readonly body?: object | Readable;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Rejects with the error of the connection where there is none; a status of an error is an answer. */
export async function askDocker(
  socketPath: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  { body, headers = {} }: DockerRequest = {},
): Promise<DockerAnswer> {
  const isStream = body !== undefined && 'pipe' in body;
  const type =
    body === undefined ? {} : { 'content-type': isStream ? 'application/x-tar' : 'application/json' };
  const sent = request({ socketPath, method, path, headers: { host: 'docker', ...type, ...headers } });
  const answered = new Promise<DockerAnswer>((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response) => {
      text(response).then((read) => resolve({ status: response.statusCode ?? 0, body: read }), reject);
    });
  });
  if (isStream) await Promise.race([pipeline(body, sent), answered]);
  else sent.end(body === undefined ? undefined : JSON.stringify(body));
  return answered;
}

/** What a stream of progress (of a pull, a push, an import) says went wrong, or null. It is told in the midst of status 200. */
export function failureIn(progress: string): string | null {
  const failed = /"error":("(?:[^"\\]|\\.)*")/.exec(progress)?.[1];
  return failed === undefined ? null : String(JSON.parse(failed));
}
