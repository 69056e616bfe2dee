/** Questions to the Hugging Face Hub, or to a mirror of it. The token is in no message. */
import { z } from 'zod';
import type { HubAccess } from './locations.js';

/** Why there is no answer. `unreachable`: the network, the Hub itself, or an answer that makes no sense. */
export type HubTrouble =
  'gated' | 'token-refused' | 'no-model' | 'no-revision' | 'no-file' | 'unreachable' | 'interrupted';

export type HubAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly trouble: HubTrouble; readonly detail: string };

const no = (trouble: HubTrouble, detail: string): HubAnswer<never> => ({ ok: false, trouble, detail });

/** What the Hub tells of a revision. */
export interface HubRevision {
  readonly commit: string;
  /** Elements of all tensors, where the Hub has looked into the weights. */
  readonly parameters: number | null;
}

const revisionSchema = z.object({
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  safetensors: z
    .object({ total: z.int().positive().nullish().catch(null) })
    .nullish()
    .catch(null),
});

/** Never rejects. */
export async function askRevision(
  access: HubAccess,
  model: string,
  revision: string,
  signal: AbortSignal,
): Promise<HubAnswer<HubRevision>> {
  const path = `/api/models/${model}/revision/${encodeURIComponent(revision)}`;
  const answer = await askHub(access, path, signal);
  if (!answer.ok) return answer.trouble === 'no-file' ? no('no-model', answer.detail) : answer;
  try {
    const { sha, safetensors } = revisionSchema.parse(JSON.parse(answer.value.toString('utf8')));
    return { ok: true, value: { commit: sha, parameters: safetensors?.total ?? null } };
  } catch {
    return no('unreachable', 'its answer describes no model');
  }
}

/** A file of a commit. Never rejects. */
export const askFile = (
  access: HubAccess,
  model: string,
  commit: string,
  file: string,
  signal: AbortSignal,
): Promise<HubAnswer<Buffer>> => askHub(access, `/${model}/resolve/${commit}/${file}`, signal);

/** Several times the largest tokenizer; weights are not fetched this way. */
const MOST_BYTES = 128 * 1024 * 1024;

async function askHub(access: HubAccess, path: string, signal: AbortSignal): Promise<HubAnswer<Buffer>> {
  const overdue = new AbortController();
  const watch = () => setTimeout(() => overdue.abort(), access.patienceMs);
  let timer = watch();
  try {
    const response = await fetch(`${access.endpoint}${path}`, {
      signal: AbortSignal.any([signal, overdue.signal]),
      // `fetch` does not send it on where the Hub redirects to another host, as it does for files.
      headers: access.token === null ? {} : { authorization: `Bearer ${access.token}` },
    });
    const pieces: Uint8Array[] = [];
    let length = 0;
    const body: AsyncIterable<Uint8Array> | null = response.body;
    for await (const piece of body ?? []) {
      clearTimeout(timer);
      timer = watch();
      length += piece.length;
      if (length > MOST_BYTES) return no('unreachable', `its answer is larger than ${MOST_BYTES} bytes`);
      pieces.push(piece);
    }
    const bytes = Buffer.concat(pieces);
    return response.ok ? { ok: true, value: bytes } : refused(access, response, bytes);
  } catch (error) {
    if (signal.aborted) return no('interrupted', 'interrupted');
    if (overdue.signal.aborted) return no('unreachable', `no answer in ${access.patienceMs / 1_000} s`);
    return no('unreachable', causeOf(error));
  } finally {
    clearTimeout(timer);
  }
}

/** The Hub says in a header what it means by a status; mirrors may not. */
function refused(access: HubAccess, { status, headers }: Response, body: Buffer): HubAnswer<never> {
  const detail = `HTTP ${status}`;
  switch (headers.get('x-error-code')) {
    case 'GatedRepo':
      return no('gated', detail);
    case 'RepoNotFound':
      return no('no-model', detail);
    case 'RevisionNotFound':
      return no('no-revision', detail);
    case 'EntryNotFound':
      return no('no-file', detail);
    default:
      break;
  }
  const told = `${headers.get('x-error-message') ?? ''} ${body.subarray(0, 10_000).toString('utf8')}`;
  if (status === 401 && access.token !== null && /invalid\b.*\b(?:token|credentials)/i.test(told))
    return no('token-refused', detail);
  if (status === 403 || (status === 401 && /\bgated\b|\brestricted\b|awaiting/i.test(told)))
    return no('gated', detail);
  if (status === 401) return no('no-model', detail);
  if (status === 404) return no(/revision/i.test(told) ? 'no-revision' : 'no-file', detail);
  return no('unreachable', detail);
}

/** What went wrong below `fetch failed`; never the request, whose headers hold the token. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause && typeof cause.code === 'string' && cause.message === ''
    ? cause.code
    : cause.message;
}
