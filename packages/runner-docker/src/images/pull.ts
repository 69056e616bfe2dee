/** Pulls an image, and says how far it is. */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { llemError, type LlemError } from '@llem/core';
import type { Engine } from '../engine/client.js';
import { dockerError } from '../engine/errors.js';
import { untilAborted } from '../engine/until-aborted.js';
import type { RegistryAuth } from './credentials.js';
import { pullEventSchema, pullProgress, type PullEvent } from './progress.js';
import { hostOf, parseReference } from './reference.js';

/** Often enough to see that it goes on. */
const TELL_EVERY_MS = 5_000;
/** An engine tells of a download every second or so; one that says nothing for so long waits for a registry that has stopped sending. */
const SILENCE_LIMIT_MS = 300_000;

/**
 * Settles once the engine has said that the image is here. Throws LLEM_E_START, also where the engine has said nothing for five minutes
 * and has yet to download; at once the signal's reason where it was aborted. The engine gives up the pull in both cases.
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
  const silence = createSilence(name);
  const ended = AbortSignal.any([signal, silence.signal]);
  const fromImage = tag === 'latest' && !/:latest(?:@|$)/.test(name) ? withLatest(name, digest) : name;
  try {
    const stream = await untilAborted(
      engine.docker.createImage(auth ?? undefined, { fromImage, abortSignal: ended }),
      ended,
    );
    await untilAborted(followPull(stream, name, silence, tell), ended);
  } catch (error) {
    signal.throwIfAborted();
    throw dockerError(error, doing);
  } finally {
    silence.end();
  }
}

interface Silence {
  /** Aborted with LLEM_E_START once nothing was heard for too long. */
  readonly signal: AbortSignal;
  heard(): void;
  /** From now on nothing need be heard. */
  end(): void;
}

function createSilence(name: string): Silence {
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const end = () => clearTimeout(timer);
  const heard = () => {
    end();
    // The connection keeps the process alive.
    timer = setTimeout(() => over.abort(silent(name)), SILENCE_LIMIT_MS).unref();
  };
  heard();
  return { signal: over.signal, heard, end };
}

const silent = (name: string): LlemError =>
  llemError(
    'LLEM_E_START',
    `Docker has told nothing of the pull of the image ${name} for ${SILENCE_LIMIT_MS / 60_000} minutes: ${hostOf(name) ?? 'its registry'} sends nothing any more.`,
    {
      remedy: `Check the network and Docker's proxy (\`docker info\`), or bring the image by \`docker load\` and set \`pull: never\`.`,
      failureClass: 'registry-unreachable',
    },
  );

const withLatest = (name: string, digest: string | null): string =>
  digest === null ? `${name}:latest` : name;

/** The engine answers 200 before it asks the registry: what goes wrong then is an event, or an end without a last word. */
async function followPull(
  stream: NodeJS.ReadableStream,
  name: string,
  silence: Silence,
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
      // Unpacking, of which not every engine tells, may take as long as the disk does.
      if (progress.isDownloaded()) silence.end();
      else silence.heard();
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
