/** Pulls an image, and says how far it is. */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { Engine } from '../engine/client.js';
import { dockerError } from '../engine/errors.js';
import { untilAborted } from '../engine/until-aborted.js';
import type { RegistryAuth } from './credentials.js';
import { pullEventSchema, pullProgress, type PullEvent } from './progress.js';
import { parseReference } from './reference.js';

/** Often enough to see that it goes on. */
const TELL_EVERY_MS = 5_000;

/**
 * Settles once the engine has said that the image is here. Throws LLEM_E_START; at once the signal's reason where it was aborted, upon
 * which the engine gives up the pull.
 */
export async function pullImage(
  engine: Engine,
  name: string,
  auth: RegistryAuth | null,
  signal: AbortSignal,
  tell: (progress: string) => void,
): Promise<void> {
  const doing = { doing: 'pull', image: name, address: engine.address } as const;
  const { tag, digest } = parseReference(name);
  // Without a tag the engine would pull all of them.
  const fromImage = tag === 'latest' && !/:latest(?:@|$)/.test(name) ? withLatest(name, digest) : name;
  try {
    const stream = await untilAborted(
      engine.docker.createImage(auth ?? undefined, { fromImage, abortSignal: signal }),
      signal,
    );
    await untilAborted(followPull(stream, name, tell), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw dockerError(error, doing);
  }
}

const withLatest = (name: string, digest: string | null): string =>
  digest === null ? `${name}:latest` : name;

/** The engine answers 200 before it asks the registry: what goes wrong then is an event, or an end without a last word. */
async function followPull(
  stream: NodeJS.ReadableStream,
  name: string,
  tell: (progress: string) => void,
): Promise<void> {
  const progress = pullProgress();
  let last: PullEvent = {};
  let toldAtMs = -Infinity;
  // readline does not pass on what happens to its input.
  const failed = new Promise<never>((_, reject) => stream.once('error', reject));
  failed.catch(() => undefined);
  const lines = createInterface({ input: stream, crlfDelay: Infinity });
  const followed = (async () => {
    for await (const line of lines) {
      const event = eventOf(line);
      if (event === null) continue;
      const error = event.errorDetail?.message ?? event.error;
      if (error !== undefined) throw new Error(error);
      last = event;
      progress.take(event);
      const text = progress.text();
      if (text === null || performance.now() - toldAtMs < TELL_EVERY_MS) continue;
      toldAtMs = performance.now();
      tell(`Image ${name}: ${text}`);
    }
  })();
  try {
    await Promise.race([followed, failed]);
  } finally {
    lines.close();
    if (stream instanceof Readable) stream.destroy();
  }
  if (!isLastWord(last)) throw new Error('The pull exited before its end.');
}

function eventOf(line: string): PullEvent | null {
  if (line.trim() === '') return null;
  try {
    return pullEventSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

/** Docker's are `Status: ...`; Podman's, `Download complete` of the image. */
const isLastWord = ({ status = '' }: PullEvent): boolean =>
  /^(?:Status|Digest): |^(?:Download|Pull) complete$/.test(status);
