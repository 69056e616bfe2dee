/** A file of the Hugging Face Hub in llem's cache: fetched once, held to its hash on every use. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { interrupted, reasonOf, refusal } from './refusals.js';

export interface HubFile {
  /** `owner/name` of a data set. */
  readonly repository: string;
  readonly revision: string;
  /** Path inside the repository. */
  readonly file: string;
  /** SHA-256 as hex that it must have; null holds it to the one that was seen first. */
  readonly sha256: string | null;
  /** Where it is kept. Beside it, with `.sha256` added, stands the hash that was seen first. */
  readonly place: string;
}

/** The answer must have begun within this time, and be whole within ten of it. */
const TIMEOUT_MS = 30_000;
/** Many times the size of any data set of prompts that is fetched this way. */
const MAX_BYTES = 256 * 1024 * 1024;

const recordPath = (place: string) => `${place}.sha256`;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** The bytes and their hash, from the cache where they are whole, else fetched. Throws LLEM_E_PREPARE. */
export async function hubFile(
  wanted: HubFile,
  signal: AbortSignal,
): Promise<{ readonly bytes: Buffer; readonly sha256: string }> {
  const expected = wanted.sha256 ?? (await firstSeen(wanted.place));
  const cached = await readFile(wanted.place).catch(() => null);
  if (cached !== null) {
    const hash = sha256(cached);
    if (hash === (expected ?? hash)) {
      if (expected === null) await keep(recordPath(wanted.place), `${hash}\n`);
      return { bytes: cached, sha256: hash };
    }
  }
  const bytes = await fetched(wanted, signal);
  const hash = sha256(bytes);
  if (expected !== null && hash !== expected) {
    throw refusal(
      `${urlOf(wanted)} has the SHA-256 ${hash}, not ${expected} as ${wanted.sha256 === null ? 'when it was first fetched' : 'asked for'}.`,
      wanted.sha256 === null
        ? `What is there has changed. Remove ${recordPath(wanted.place)} to take it as it is now; results before and after are not of the same prompts.`
        : 'Correct the options revision and sha256 of the data set.',
    );
  }
  await keep(wanted.place, bytes);
  await keep(recordPath(wanted.place), `${hash}\n`);
  return { bytes, sha256: hash };
}

async function firstSeen(place: string): Promise<string | null> {
  const recorded = await readFile(recordPath(place), 'utf8').catch(() => '');
  return /^[0-9a-f]{64}$/.exec(recorded.trim())?.[0] ?? null;
}

/** As the tools of the Hub do it: HF_ENDPOINT names a mirror. */
function urlOf({ repository, revision, file }: HubFile): string {
  const base = (process.env['HF_ENDPOINT'] ?? '')
    .replace(/\/+$/, '')
    // Not a place for a password: it would stand in messages, and `fetch` takes none there.
    .replace(/\/\/[^/]*@/, '//');
  return `${base === '' ? 'https://huggingface.co' : base}/datasets/${repository}/resolve/${encodeURIComponent(revision)}/${file}`;
}

async function fetched(wanted: HubFile, signal: AbortSignal): Promise<Buffer> {
  const url = urlOf(wanted);
  const byHand = `or fetch it elsewhere and put it there by hand: ${wanted.place}`;
  const token = process.env['HF_TOKEN'] ?? '';
  const overdue = new AbortController();
  let timer = setTimeout(() => overdue.abort(new Error('no answer in time')), TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, overdue.signal]),
      // It is not sent on where the Hub redirects to another host.
      headers: token === '' ? {} : { authorization: `Bearer ${token}` },
    });
    if (!response.ok) throw refused(url, response.status, byHand);
    clearTimeout(timer);
    timer = setTimeout(() => overdue.abort(new Error('not whole in time')), 10 * TIMEOUT_MS);
    return await wholeBody(response, url);
  } catch (error) {
    if (signal.aborted) throw interrupted();
    if (error instanceof Error && 'remedy' in error) throw error;
    throw refusal(
      `${url} cannot be fetched: ${causeOf(error)}.`,
      `Connect this machine to the network, set HF_ENDPOINT to a mirror, ${byHand}`,
    );
  } finally {
    clearTimeout(timer);
  }
}

function refused(url: string, status: number, byHand: string) {
  if (status === 401 || status === 403) {
    return refusal(
      `${url} is refused (HTTP ${status}).`,
      `Set HF_TOKEN to a token that may read it, ${byHand}`,
    );
  }
  if (status === 404)
    return refusal(`${url} does not exist (HTTP 404).`, 'Correct the option revision of the data set.');
  return refusal(`${url} cannot be fetched (HTTP ${status}).`, `Try again later, ${byHand}`);
}

async function wholeBody(response: Response, url: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  if (response.body === null) return Buffer.alloc(0);
  const body: AsyncIterable<Uint8Array> = response.body;
  for await (const piece of body) {
    length += piece.length;
    if (length > MAX_BYTES) {
      throw refusal(
        `${url} is larger than ${MAX_BYTES} bytes.`,
        'Check HF_ENDPOINT: this is not the data set.',
      );
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** What went wrong below `fetch failed`; never the request, whose headers hold the token. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return code === '' ? reasonOf(cause) : code;
}

/** Writes beside the place and renames, so that nobody sees half a file. */
async function keep(place: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${place}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(place), { recursive: true });
    await writeFile(temporary, content, { flag: 'wx' });
    const file = await open(temporary, 'r+');
    await file.sync().finally(() => file.close());
    await rename(temporary, place);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw refusal(
      `${place} cannot be written: ${reasonOf(error)}.`,
      'Make room there and see that you may write to it, or have the cache elsewhere: on Linux it follows XDG_CACHE_HOME.',
      error,
    );
  }
}
