/** Questions to a running server. */
import { llemError, textWithin, type Endpoint, type JsonValue } from '@llem/core';
import { jsonOf } from './json.js';

/** More than this is no answer to a question about itself, in bytes. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Null where it has no such page, or one that is not JSON. Throws LLEM_E_START when the engine does not answer. */
export async function getJson(
  endpoint: Endpoint,
  path: string,
  signal: AbortSignal,
): Promise<JsonValue | null> {
  const text = await getText(endpoint, path, signal);
  return text === null ? null : jsonOf(text);
}

/** Null where it has no such page. Throws LLEM_E_START when the engine does not answer. */
export async function getText(endpoint: Endpoint, path: string, signal: AbortSignal): Promise<string | null> {
  const { ok, text } = await ask(endpoint, 'GET', path, signal);
  return ok ? text : null;
}

/** Status and text of the answer to a question of a method. Throws LLEM_E_START when the engine does not answer. */
export async function ask(
  endpoint: Endpoint,
  method: 'GET' | 'POST',
  path: string,
  signal: AbortSignal,
): Promise<{ readonly ok: boolean; readonly status: number; readonly text: string }> {
  const url = `${endpoint.baseUrl}${path}`;
  const token = endpoint.tokenEnv === undefined ? undefined : process.env[endpoint.tokenEnv];
  try {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(url, { method, headers, redirect: 'error', signal });
    const text = await textWithin(response, MOST_BYTES);
    if (text === null) throw new Error(`its answer has more than ${MOST_BYTES} bytes`);
    return { ok: response.ok, status: response.status, text };
  } catch (cause) {
    signal.throwIfAborted();
    throw llemError('LLEM_E_START', `The engine at ${url} does not answer.`, {
      remedy: 'Read the end of its log: it may have ended.',
      failureClass: 'describe-failed',
      cause,
    });
  }
}
