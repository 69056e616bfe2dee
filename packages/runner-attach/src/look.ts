/** One look at the server: whether it is there, takes the token, is ready, and which models it serves. Generates nothing. */
import { limited, textWithin, type FailureCause } from '@llem/core';
import { z } from 'zod';
import { connectionFailure } from './connection.js';
import type { AttachOptions } from './options.js';
import { refusedToken, tokenOf } from './token.js';

/** One question may take this long. */
export const ANSWER_MS = 5_000;
/** A longer list of models is none, in bytes. */
const MOST_BYTES = 4_194_304;
/** Of OpenAI's interface; every server and gateway that has completions has it. */
export const MODELS_PATH = '/v1/models';

export interface ServerFound {
  /** Where it answers 200 once it can serve. */
  readonly readinessPath: string;
  /** False while it says that it cannot serve yet. */
  readonly isReady: boolean;
  /** What it was asked first, and how long it took to answer, ms. */
  readonly status: number;
  readonly tookMs: number;
  /** Null where it does not tell. */
  readonly models: readonly ServedModel[] | null;
}

export interface ServedModel {
  /** Under which it is asked for. */
  readonly id: string;
  /** What was loaded, where that is told. */
  readonly root: string | null;
}

export type Look = { readonly server: ServerFound } | { readonly cause: FailureCause };

/**
 * Asks at `path`, and for the models: of many servers only these want the token, and behind a gateway only these may be there. Rejects
 * with the signal's reason alone.
 */
export async function lookAt(options: AttachOptions, path: string, signal: AbortSignal): Promise<Look> {
  const found = tokenOf(options);
  if ('cause' in found) return found;
  const { token } = found;
  const first = await ask(`${options.url}${path}`, token, signal);
  if ('cause' in first) return first;
  const listed = path === MODELS_PATH ? first : await ask(`${options.url}${MODELS_PATH}`, token, signal);
  if ('cause' in listed) return listed;
  const refused = [first, listed].find(({ status }) => status === 401 || status === 403);
  if (refused) return { cause: refusedToken(refused.url, refused.status, options) };

  const { status, tookMs } = first;
  const models = listed.status === 200 ? modelsIn(listed.text) : null;
  if (status === 200) return { server: { readinessPath: path, isReady: true, status, tookMs, models } };
  if (status === 503) return { server: { readinessPath: path, isReady: false, status, tookMs, models } };
  if (listed.status === 200)
    return {
      server: { readinessPath: MODELS_PATH, isReady: true, status: 200, tookMs: listed.tookMs, models },
    };
  return { cause: unusable(first, listed) };
}

interface Answer {
  readonly url: string;
  readonly status: number;
  /** Of a redirect. */
  readonly location: string | null;
  readonly text: string;
  readonly tookMs: number;
}

async function ask(
  url: string,
  token: string | null,
  signal: AbortSignal,
): Promise<Answer | { readonly cause: FailureCause }> {
  signal.throwIfAborted();
  const startMs = performance.now();
  try {
    const response = await fetch(url, {
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      // The load would not follow one, and a token is for this server alone.
      redirect: 'manual',
      signal: limited(signal, ANSWER_MS),
    });
    const tookMs = performance.now() - startMs;
    const text = (await textWithin(response, MOST_BYTES)) ?? '';
    return { url, status: response.status, location: response.headers.get('location'), text, tookMs };
  } catch (error) {
    signal.throwIfAborted();
    return { cause: connectionFailure(url, error, ANSWER_MS) };
  }
}

function unusable(first: Answer, listed: Answer): FailureCause {
  const { url, status, location, text } = first;
  if (status >= 300 && status < 400) {
    const to = location !== null && URL.canParse(location, url) ? new URL(location, url) : null;
    return {
      class: 'redirected',
      message: `${url} answers from elsewhere (HTTP ${status}${to === null ? '' : `, ${to.origin}${to.pathname}`}), where requests do not follow.`,
      remedy: 'Write the address that it leads to.',
    };
  }
  // nginx, and servers written in Go.
  if (status === 400 && /https (port|server)/i.test(text) && url.startsWith('http:'))
    return {
      class: 'wrong-scheme',
      message: `${new URL(url).host} speaks https and not http.`,
      remedy: `Write https://${new URL(url).host}.`,
    };
  const told = first === listed ? '' : `, and HTTP ${listed.status} at ${MODELS_PATH}`;
  if (status >= 500)
    return {
      class: 'server-unreachable',
      message: `${url} answers HTTP ${status}${told}.`,
      remedy: 'Read the log of the server, or of the gateway before it.',
    };
  return {
    class: 'no-server',
    message: `${url} answers HTTP ${status}${told}: there is no inference server below this address.`,
    remedy: 'Correct the address; a path that a gateway puts before the interface belongs to it.',
  };
}

const modelsSchema = z.object({
  data: z.array(z.object({ id: z.string(), root: z.string().nullish().catch(null) })).min(1),
});

function modelsIn(text: string): ServedModel[] | null {
  try {
    return modelsSchema.parse(JSON.parse(text)).data.map(({ id, root }) => ({ id, root: root ?? null }));
  } catch {
    return null;
  }
}
