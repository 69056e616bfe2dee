/** Every shape of an error of the engine, or of the way to it, as a named class with a message and a remedy. */
import { isLlemError, llemError, type FailureCause, type LlemError } from '@llem/core';
import { z } from 'zod';
import { placeOf } from './address.js';
import { daemonOf } from './daemon.js';
import { CONNECTION_RULES, connectionCause } from './causes/connection.js';
import { CONTAINER_RULES } from './causes/container.js';
import { GPU_RULES } from './causes/gpus.js';
import { REGISTRY_RULES } from './causes/registry.js';
import { causeByRules, quoted, type Doing, type Rule, type Told } from './causes/rule.js';

export type { Doing } from './causes/rule.js';

/** A disk that is full says so in the middle of whatever else went wrong. */
const SPACE_RULES: readonly Rule[] = [
  {
    words: /no space left on device|not enough space|disk quota exceeded/i,
    cause: (_, doing, told) => ({
      class: 'no-space',
      message: `The disk of the Docker engine at ${placeOf(doing.address)} is full. ${quoted(told)}`,
      remedy:
        'See what Docker keeps, `docker system df`, and remove what is not needed: `docker system prune`.',
    }),
  },
];

const RULES = [...CONNECTION_RULES, ...SPACE_RULES, ...GPU_RULES, ...CONTAINER_RULES, ...REGISTRY_RULES];

/** Long enough for the words of the toolkit, which quote the command line before they say what it is. */
const LONGEST_QUOTE = 600;

/** As dockerode throws: of an answer with `statusCode` and what it was read as, of a connection with the system's `code`. */
const thrownSchema = z.object({
  message: z.string().catch(''),
  statusCode: z.number().nullable().catch(null),
  code: z.string().nullable().catch(null),
  json: z.object({ message: z.string() }).nullable().catch(null),
});

/** What went wrong. Total: of what nobody foresaw the engine's own words. Never throws. */
export function causeOf(error: unknown, doing: Doing): FailureCause {
  if (isLlemError(error)) {
    return {
      class: error.failureClass ?? CLASS_OF[doing.doing],
      message: error.message,
      remedy: error.remedy,
    };
  }
  const told = toldBy(error);
  return connectionCause(told, doing) ?? causeByRules(RULES, told, doing) ?? unforeseen(told, doing);
}

/** The same as an error of the catalogue, LLEM_E_START. */
export function dockerError(error: unknown, doing: Doing): LlemError {
  if (isLlemError(error)) return error;
  const { class: failureClass, message, remedy } = causeOf(error, doing);
  return llemError('LLEM_E_START', message, { remedy, failureClass, cause: error });
}

function toldBy(error: unknown): Told {
  const thrown = thrownSchema.safeParse(error).data;
  const words =
    thrown?.json?.message ?? thrown?.message.replace(/^\(HTTP code \d+\) [^-]*- /, '') ?? String(error);
  const status = thrown?.statusCode ?? null;
  const code =
    thrown?.code ?? (status === null && /socket hang up|^aborted$/.test(words) ? 'ECONNRESET' : null);
  return { status, code, words: oneLine(words) };
}

function oneLine(words: string): string {
  const line = words.replace(/\s+/g, ' ').trim();
  // What it is stands at the end.
  return line.length > LONGEST_QUOTE ? `… ${line.slice(-LONGEST_QUOTE)}` : line;
}

/** Of what has no name. */
const CLASS_OF: Readonly<Record<Doing['doing'], string>> = {
  reach: 'docker-unreachable',
  inspect: 'docker-unreachable',
  pull: 'image-pull-failed',
  create: 'container-start-failed',
  start: 'container-start-failed',
};

function unforeseen(told: Told, doing: Doing): FailureCause {
  const place = placeOf(doing.address);
  const failureClass = CLASS_OF[doing.doing];
  const said = told.words === '' ? 'without a word' : told.words;
  switch (doing.doing) {
    case 'reach':
      return {
        class: failureClass,
        message: `What answers at ${place} is no Docker engine that llem knows: ${said}`,
        remedy: 'See what `docker version` says there.',
      };
    case 'pull':
      return {
        class: failureClass,
        message: `The image ${doing.image ?? ''} could not be pulled: ${said}`,
        remedy: `See what \`docker pull ${doing.image ?? ''}\` says.`,
      };
    case 'create':
    case 'start':
      return {
        class: failureClass,
        message: `The Docker engine at ${place} could not ${doing.doing} the container: ${said}`,
        remedy: `See the log of the engine, ${daemonOf(doing.address).log}, and correct what it names.`,
      };
    case 'inspect':
      return {
        class: failureClass,
        message: `The Docker engine at ${place} failed: ${said}`,
        remedy: `See the log of the engine, ${daemonOf(doing.address).log}.`,
      };
  }
}

/** Of the engine's answer; null where there was none. */
export function statusOf(error: unknown): number | null {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : null;
}
