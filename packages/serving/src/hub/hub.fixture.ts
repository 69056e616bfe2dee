/** A Hub on loopback, and a cache of the Hub in a folder of its own. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { vi } from 'vitest';

export const COMMIT = 'c0ffee'.padEnd(40, '0');

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface FixtureHub {
  readonly url: string;
  /** Paths that were asked for, with the token of each. */
  readonly asked: { readonly path: string; readonly authorization: string | undefined }[];
  /** Answers of paths; any other is what the Hub says of a model that it does not have. */
  readonly pages: Map<string, Handler>;
  close(): Promise<void>;
}

/** Also makes it the Hub of this process, through its variables. */
export async function startHub(): Promise<FixtureHub> {
  const asked: FixtureHub['asked'] = [];
  const pages: FixtureHub['pages'] = new Map();
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push({ path, authorization: request.headers.authorization });
    (pages.get(path) ?? refuse(401, 'RepoNotFound'))(request, response);
  });
  return {
    url: await listening(server),
    asked,
    pages,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Its address, on a port that is free. */
export async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return `http://127.0.0.1:${address.port}`;
}

export const answer =
  (body: unknown): Handler =>
  (_, response) => {
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

export const refuse =
  (status: number, code: string | null, body = ''): Handler =>
  (_, response) => {
    response.writeHead(status, code === null ? {} : { 'X-Error-Code': code }).end(body);
  };

/** A folder with caches of the Hub and of llem, and no variable of the user's own. */
export function isolate(endpoint: string): { readonly folder: string; readonly cacheDir: string } {
  const folder = mkdtempSync(join(tmpdir(), 'llem-hub-'));
  vi.stubEnv('HF_HOME', join(folder, 'hf'));
  vi.stubEnv('HF_ENDPOINT', endpoint);
  for (const name of [
    'HF_TOKEN',
    'HUGGING_FACE_HUB_TOKEN',
    'HF_TOKEN_PATH',
    'HF_HUB_CACHE',
    'HUGGINGFACE_HUB_CACHE',
    'HF_HUB_OFFLINE',
    'HF_HUB_DOWNLOAD_TIMEOUT',
  ]) {
    vi.stubEnv(name, '');
  }
  return { folder, cacheDir: join(folder, 'llem') };
}

export const remove = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** A snapshot in the cache of the Hub, and the branch that it is of. */
export function cacheSnapshot(
  folder: string,
  model: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): string {
  const repository = join(folder, 'hf', 'hub', `models--${model.replace('/', '--')}`);
  const snapshot = join(repository, 'snapshots', COMMIT);
  writeFiles(repository, { 'refs/main': COMMIT });
  writeFiles(snapshot, files);
  return snapshot;
}

export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** A file of weights: its header, and no more bytes than that. */
export function safetensors(shapes: Readonly<Record<string, readonly number[]>>): Buffer {
  const tensors = Object.entries(shapes).map(([name, shape]) => [
    name,
    { dtype: 'BF16', shape, data_offsets: [0, 0] },
  ]);
  const header = Buffer.from(
    JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(tensors) }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header]);
}
