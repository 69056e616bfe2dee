/** A study's `model:` as an engine is to load it, and what is known of it. Weights are the engine's to fetch. */
import { join } from 'node:path';
import { llemError, type Artifacts, type ModelFacts } from '@llem/core';
import { writeWhole } from '../files/write-whole.js';
import { askFile, askRevision, type HubRevision } from './api.js';
import { cachedSnapshot, commitOfFolder, isCommit, isHubName, kindAt, localPath } from './cache.js';
import { objectIn } from './local-config.js';
import { hubAccess, type HubAccess } from './locations.js';
import { modelConfig } from './model-config.js';
import { innerTokenIds, ordinaryTokenIds } from './prompt-tokens.js';
import { brokenConfig, hubRefusal, noName, noSuchPath, type Wanted } from './refusals.js';
import { countParameters, weightFiles, weightsHash } from './safetensors.js';

export interface HubModelRequest {
  /** A name on the Hub, or a path of this machine. */
  readonly model: string;
  /** Branch, tag or commit; null: the main branch. Without a meaning for a path. */
  readonly revision: string | null;
  /** Name or path of the tokenizer where it is not the model's own. */
  readonly tokenizer?: string | null;
  readonly tokenizerRevision?: string | null;
  /** True where the engine is told to make weights up instead of loading them. */
  readonly randomWeights?: boolean;
  readonly cacheDir: string;
}

/**
 * `modelRef` is the absolute path of a local model, and else the name on the Hub: then `model.revision` is the commit that the
 * engine must be told to load, so that what is recorded is what runs. Throws LLEM_E_PREPARE with what to do, and
 * LLEM_E_INTERRUPTED when the signal says so.
 */
export async function prepareHubModel(request: HubModelRequest, signal: AbortSignal): Promise<Artifacts> {
  const { model, cacheDir } = request;
  const source = await sourceOf({ model, revision: request.revision ?? 'main' }, cacheDir, signal);
  const tokenizer =
    request.tokenizer === undefined || request.tokenizer === null
      ? source
      : await sourceOf(
          { model: request.tokenizer, revision: request.tokenizerRevision ?? 'main' },
          cacheDir,
          signal,
        );
  const randomWeights = request.randomWeights ?? false;
  const config = modelConfig((source.configPath === null ? null : objectIn(source.configPath)) ?? {});
  const files = source.weights;
  const facts: ModelFacts = {
    name: model,
    revision: source.commit,
    weightsHash: source.isLocal && !randomWeights ? await weightsHash(files, signal) : null,
    tokenizerRevision: tokenizer.commit,
    tokenizerPath: tokenizer.tokenizerPath,
    randomWeights,
    parameters: source.parameters ?? (await countParameters(files)),
    contextLength: config.contextLength,
    promptTokenIds:
      tokenizer.tokenizerPath === null
        ? innerTokenIds(config.vocabularySize)
        : await ordinaryTokenIds(tokenizer.tokenizerPath, config.vocabularySize),
  };
  return { modelRef: source.ref, model: facts };
}

/** Where a model's files are. */
interface Source {
  readonly ref: string;
  readonly isLocal: boolean;
  readonly commit: string | null;
  readonly configPath: string | null;
  readonly tokenizerPath: string | null;
  /** Those on this disk. */
  readonly weights: readonly string[];
  /** As the Hub tells them. */
  readonly parameters: number | null;
}

async function sourceOf(wanted: Wanted, cacheDir: string, signal: AbortSignal): Promise<Source> {
  const path = localPath(wanted.model);
  const kind = kindAt(path);
  if (kind !== null) return localSource(path, kind);
  if (/^[~./]/.test(wanted.model)) throw noSuchPath(wanted.model, path);
  if (!isHubName(wanted.model)) throw noName(wanted.model);
  return hubSource(wanted, cacheDir, signal);
}

const fileIn = (folder: string, name: string): string | null =>
  kindAt(join(folder, name)) === 'file' ? join(folder, name) : null;

async function localSource(path: string, kind: 'folder' | 'file'): Promise<Source> {
  if (kind === 'file') {
    return { ...NOTHING_KNOWN, ref: path, isLocal: true, weights: [path] };
  }
  const configPath = fileIn(path, 'config.json');
  // A folder may do without it (`params.json`); one that is broken would be found after minutes of loading.
  if (configPath !== null && objectIn(configPath) === null) throw brokenConfig(configPath);
  return {
    ref: path,
    isLocal: true,
    commit: commitOfFolder(path),
    configPath,
    tokenizerPath: fileIn(path, 'tokenizer.json'),
    weights: await weightFiles(path).catch((error: unknown) => {
      throw llemError('LLEM_E_PREPARE', `The folder ${path} of the model cannot be read.`, {
        remedy: 'Check that you may read it.',
        cause: error,
      });
    }),
    parameters: null,
  };
}

const NOTHING_KNOWN = { commit: null, configPath: null, tokenizerPath: null, weights: [], parameters: null };

async function hubSource(wanted: Wanted, cacheDir: string, signal: AbortSignal): Promise<Source> {
  const access = hubAccess();
  const { commit, parameters } = await resolvedRevision(wanted, access, signal);
  const snapshot = cachedSnapshot(wanted.model, commit)?.folder ?? null;
  const kept = join(cacheDir, 'hub', wanted.model.replaceAll('/', '--'), commit);
  const files = new Map<string, string | null>();
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) {
    const known = (snapshot === null ? null : fileIn(snapshot, name)) ?? fileIn(kept, name);
    // The configuration decides whether the model may be had at all; without a tokenizer much still works.
    const required = name === 'config.json';
    files.set(name, known ?? (await fetched({ wanted, access, commit, name, kept, required }, signal)));
  }
  return {
    ref: wanted.model,
    isLocal: false,
    commit,
    configPath: files.get('config.json') ?? null,
    tokenizerPath: files.get('tokenizer.json') ?? null,
    weights: snapshot === null ? [] : await weightFiles(snapshot).catch(() => []),
    parameters,
  };
}

/** One process, one commit: a branch that moves while a study runs must not change the model under it. */
const resolved = new Map<string, HubRevision>();

async function resolvedRevision(
  wanted: Wanted,
  access: HubAccess,
  signal: AbortSignal,
): Promise<HubRevision> {
  const { model, revision } = wanted;
  const cached = cachedSnapshot(model, revision);
  const fromCache = cached === null ? null : { commit: cached.commit, parameters: null };
  if (fromCache !== null && (access.offline || isCommit(revision))) return fromCache;
  if (access.offline) throw hubRefusal(wanted, access, 'unreachable', 'HF_HUB_OFFLINE is set');
  const key = JSON.stringify([access.endpoint, model, revision]);
  const known = resolved.get(key);
  if (known !== undefined) return known;
  const answer = await askRevision(access, model, revision, signal);
  if (answer.ok) {
    resolved.set(key, answer.value);
    return answer.value;
  }
  if (answer.trouble === 'unreachable' && fromCache !== null) return fromCache;
  throw hubRefusal(wanted, access, answer.trouble, answer.detail);
}

interface WantedFile {
  readonly wanted: Wanted;
  readonly access: HubAccess;
  readonly commit: string;
  readonly name: string;
  /** Folder of llem's cache for this commit. */
  readonly kept: string;
  readonly required: boolean;
}

/** Files that a commit does not have, which never changes either. */
const notThere = new Set<string>();

/** Kept for good: a commit never changes. Null where the model has no such file, or it is not required and cannot be had. */
async function fetched(file: WantedFile, signal: AbortSignal): Promise<string | null> {
  const { wanted, access, commit, name, kept, required } = file;
  const key = JSON.stringify([access.endpoint, wanted.model, commit, name]);
  if (access.offline || notThere.has(key)) return null;
  const answer = await askFile(access, wanted.model, commit, name, signal);
  if (answer.ok && isJson(answer.value)) {
    const path = join(kept, name);
    await writeWhole(path, [answer.value], `The ${name} of the model`, signal);
    return path;
  }
  if (!answer.ok && answer.trouble === 'no-file') {
    notThere.add(key);
    return null;
  }
  if (!required && (answer.ok || answer.trouble !== 'interrupted')) return null;
  throw answer.ok
    ? hubRefusal(wanted, access, 'unreachable', `its ${name} is no JSON`)
    : hubRefusal(wanted, access, answer.trouble, answer.detail);
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
