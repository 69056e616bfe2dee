import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { isLlemError, type LlemError } from '@llem/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  answer,
  cacheSnapshot,
  COMMIT,
  isolate,
  listening,
  refuse,
  remove,
  safetensors,
  startHub,
  writeFiles,
  type FixtureHub,
} from './hub.fixture.js';
import { localModelConfig } from './local-config.js';
import { prepareHubModel, type HubModelRequest } from './prepare.js';

const MODEL = 'owner/model';
const CONFIG = { architectures: ['LlamaForCausalLM'], max_position_embeddings: 2048, vocab_size: 8 };
const TOKENIZER = {
  added_tokens: [{ id: 0 }, { id: 5 }, { id: 6 }, { id: 7 }],
  model: { type: 'BPE', vocab: { '<s>': 0, a: 1, b: 2, c: 3, '<0x0A>': 4 } },
};

const never = new AbortController().signal;
let hub: FixtureHub;
let folder: string;
let cacheDir: string;
beforeEach(async () => {
  hub = await startHub();
  ({ folder, cacheDir } = isolate(hub.url));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  await remove(folder);
});

const revisionPage = (revision = 'main') => `/api/models/${MODEL}/revision/${revision}`;
const filePage = (name: string) => `/${MODEL}/resolve/${COMMIT}/${name}`;
const missing = refuse(404, 'EntryNotFound');

function publish(): void {
  hub.pages.set(revisionPage(), answer({ sha: COMMIT, safetensors: { total: 1234 }, more: [] }));
  hub.pages.set(filePage('config.json'), answer(CONFIG));
  hub.pages.set(filePage('tokenizer.json'), answer(TOKENIZER));
  hub.pages.set(filePage('tokenizer_config.json'), missing);
}

const prepare = (more: Partial<HubModelRequest> = {}, signal = never) =>
  prepareHubModel({ model: MODEL, revision: null, cacheDir, ...more }, signal);
async function refusal(wanted = prepare()): Promise<LlemError> {
  const error: unknown = await wanted.catch((reason: unknown) => reason);
  if (!isLlemError(error)) throw new Error('it was not refused');
  return error;
}
const kept = async () =>
  (await readdir(cacheDir, { recursive: true }).catch(() => [])).filter((name) => name.includes('.')).sort();

describe('a model of the Hub', () => {
  it('is pinned to its commit, with its facts, and is asked for once', async () => {
    publish();
    const artifacts = await prepare();
    expect(artifacts).toEqual({
      modelRef: MODEL,
      model: {
        name: MODEL,
        revision: COMMIT,
        weightsHash: null,
        tokenizerRevision: COMMIT,
        tokenizerPath: join(cacheDir, 'hub', 'owner--model', COMMIT, 'tokenizer.json'),
        randomWeights: false,
        parameters: 1234,
        contextLength: 2048,
        promptTokenIds: { first: 1, last: 3 },
      },
    });
    const times = hub.asked.length;
    expect(await prepare()).toEqual(artifacts);
    expect(hub.asked).toHaveLength(times);
  });

  it('of another revision, and with another tokenizer', async () => {
    publish();
    hub.pages.set(revisionPage('refs%2Fpr%2F1'), answer({ sha: COMMIT }));
    writeFiles(join(folder, 'tokens'), { 'tokenizer.json': JSON.stringify(TOKENIZER) });
    const { model } = await prepare({ revision: 'refs/pr/1', tokenizer: join(folder, 'tokens') });
    expect(model).toMatchObject({
      revision: COMMIT,
      tokenizerRevision: null,
      tokenizerPath: join(folder, 'tokens', 'tokenizer.json'),
      parameters: null,
    });
  });

  it('has no tokenizer and no configuration where its repository has none', async () => {
    publish();
    hub.pages.set(filePage('config.json'), missing);
    hub.pages.set(filePage('tokenizer.json'), missing);
    expect((await prepare()).model).toMatchObject({
      contextLength: null,
      tokenizerPath: null,
      promptTokenIds: null,
    });
  });

  it('is taken from where the Hub redirects to, without the token', async () => {
    publish();
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    let seen: string | undefined = 'nothing';
    const elsewhere = createServer((request, response) => {
      seen = request.headers.authorization;
      response.end(JSON.stringify(CONFIG));
    });
    const url = await listening(elsewhere);
    hub.pages.set(filePage('config.json'), (_, response) => {
      response.writeHead(302, { location: `${url}/blob` }).end();
    });
    expect((await prepare()).model.contextLength).toBe(2048);
    expect(seen).toBeUndefined();
    expect(hub.asked[0]?.authorization).toBe('Bearer hf_secret');
    await new Promise((resolve) => elsewhere.close(resolve));
  });

  it('is not fetched where its snapshot is in the cache of the Hub', async () => {
    publish();
    const snapshot = cacheSnapshot(folder, MODEL, {
      'config.json': JSON.stringify(CONFIG),
      'tokenizer.json': JSON.stringify(TOKENIZER),
      'tokenizer_config.json': '{}',
    });
    expect((await prepare()).model.tokenizerPath).toBe(join(snapshot, 'tokenizer.json'));
    expect(hub.asked.map(({ path }) => path)).toEqual([revisionPage()]);
    expect(await kept()).toEqual([]);
  });
});

describe('a model that cannot be had', () => {
  it.each([
    ['gated, as the Hub says', refuse(403, 'GatedRepo'), 'gated-model'],
    ['gated, as the Hub says without a token', refuse(401, 'GatedRepo'), 'gated-model'],
    ['gated, as a mirror says', refuse(401, null, 'Access to this model is restricted'), 'gated-model'],
    ['not there', refuse(404, 'RepoNotFound'), 'missing-model'],
    ['not there, asked for without a token', refuse(401, 'RepoNotFound'), 'missing-model'],
    ['without this revision', refuse(404, 'RevisionNotFound'), 'missing-model'],
    ['of a Hub that is broken', refuse(503, null, 'busy'), 'hub-unreachable'],
    ['of something that is no Hub', answer('<html>Please log in</html>'), 'hub-unreachable'],
  ])('%s', async (_what, page, failureClass) => {
    hub.pages.set(revisionPage(), page);
    const error = await refusal();
    expect(error).toMatchObject({ code: 'LLEM_E_PREPARE', failureClass });
    expect(String(error)).toContain(MODEL);
  });

  it('gated only when its files are asked for: says what to do, and keeps the token to itself', async () => {
    publish();
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    hub.pages.set(filePage('config.json'), refuse(403, 'GatedRepo'));
    const error = await refusal();
    expect(error.failureClass).toBe('gated-model');
    expect(error.remedy).toContain('HF_TOKEN');
    expect(JSON.stringify(error) + String(error)).not.toContain('hf_secret');
    expect(await kept()).toEqual([]);
  });

  it('with a token that the Hub does not know', async () => {
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    hub.pages.set(revisionPage(), refuse(401, null, '{"error":"Invalid user token."}'));
    await expect(prepare()).rejects.toMatchObject({ failureClass: 'hub-token' });
  });

  it('whose file breaks off is not kept', async () => {
    publish();
    hub.pages.set(filePage('config.json'), (_, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('{"half":');
      setImmediate(() => response.destroy());
    });
    await expect(prepare()).rejects.toMatchObject({ failureClass: 'hub-unreachable' });
    expect(await kept()).toEqual([]);
  });

  it('whose file is garbage is not kept', async () => {
    publish();
    hub.pages.set(filePage('config.json'), answer('<html>'));
    hub.pages.set(filePage('tokenizer.json'), answer('<html>'));
    await expect(prepare()).rejects.toMatchObject({ failureClass: 'hub-unreachable' });
    expect(await kept()).toEqual([]);
  });

  it('in a folder whose configuration is broken', async () => {
    writeFiles(join(folder, 'broken'), { 'config.json': '{"architectures": [' });
    const { message, failureClass } = await refusal(prepare({ model: join(folder, 'broken') }));
    expect(failureClass).toBe('bad-model');
    expect(message).toContain(join(folder, 'broken', 'config.json'));
  });

  it('named by a path that is not there, or by no name', async () => {
    await expect(prepare({ model: './nothing' })).rejects.toMatchObject({ failureClass: 'missing-model' });
    await expect(prepare({ model: 'a b' })).rejects.toMatchObject({ failureClass: 'missing-model' });
    await expect(prepare({ model: 'a/../b' })).rejects.toMatchObject({ failureClass: 'missing-model' });
    expect(hub.asked).toEqual([]);
  });

  it('since it is interrupted', async () => {
    const stop = new AbortController();
    hub.pages.set(revisionPage(), () => stop.abort());
    await expect(prepare({}, stop.signal)).rejects.toMatchObject({ code: 'LLEM_E_INTERRUPTED' });
  });
});

describe('without the network', () => {
  const slow = (): Promise<void> => {
    vi.stubEnv('HF_HUB_DOWNLOAD_TIMEOUT', '0.05');
    hub.pages.set(revisionPage(), () => undefined);
    return Promise.resolve();
  };
  const broken = (): Promise<void> => {
    hub.pages.set(revisionPage(), refuse(502, null));
    return Promise.resolve();
  };
  const offline = (): Promise<void> => {
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    return Promise.resolve();
  };
  const gone = () => hub.close();

  it.each([
    ['a Hub that does not answer', slow],
    ['a Hub that is broken', broken],
    ['HF_HUB_OFFLINE', offline],
    ['nobody there', gone],
  ])('%s: the cache of the Hub is enough, with the commit that it holds', async (_what, cut) => {
    cacheSnapshot(folder, MODEL, {
      'config.json': JSON.stringify(CONFIG),
      'tokenizer.json': JSON.stringify(TOKENIZER),
      'tokenizer_config.json': '{}',
      'model.safetensors': safetensors({ a: [2, 3], b: [4] }),
    });
    await cut();
    const { modelRef, model } = await prepare();
    expect(modelRef).toBe(MODEL);
    expect(model).toMatchObject({ revision: COMMIT, contextLength: 2048, parameters: 10, weightsHash: null });
  });

  it.each([
    ['a Hub that does not answer', slow],
    ['HF_HUB_OFFLINE', offline],
    ['nobody there', gone],
  ])('%s, and nothing in the cache: says so, and how to fetch it', async (_what, cut) => {
    await cut();
    const error = await refusal();
    expect(error.failureClass).toBe('hub-unreachable');
    expect(error.remedy).toContain(`hf download ${MODEL}`);
  });

  it('a commit needs nobody to say what it is', async () => {
    cacheSnapshot(folder, MODEL, {
      'config.json': JSON.stringify(CONFIG),
      'tokenizer.json': '{}',
      'tokenizer_config.json': '{}',
    });
    expect((await prepare({ revision: COMMIT })).model.revision).toBe(COMMIT);
    expect(hub.asked).toEqual([]);
  });
});

describe('a model of this machine', () => {
  const weights = safetensors({ a: [2, 3] });
  const more = safetensors({ b: [4] });
  const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');
  const local = () => join(folder, 'local');

  it('is given by its path, with the hash of its weights', async () => {
    writeFiles(local(), { 'config.json': JSON.stringify(CONFIG), 'model.safetensors': weights });
    expect(await prepare({ model: local() })).toEqual({
      modelRef: local(),
      model: {
        name: local(),
        revision: null,
        weightsHash: sha256(weights),
        tokenizerRevision: null,
        tokenizerPath: null,
        randomWeights: false,
        parameters: 6,
        contextLength: 2048,
        promptTokenIds: null,
      },
    });
    expect(hub.asked).toEqual([]);
  });

  it('in parts has one hash of them all, and no size while one is missing', async () => {
    const names = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
    writeFiles(local(), { [names[0]]: weights, 'consolidated.safetensors': weights });
    expect((await prepare({ model: local() })).model.parameters).toBeNull();
    writeFiles(local(), { [names[1]]: more });
    expect((await prepare({ model: local() })).model).toMatchObject({
      parameters: 10,
      weightsHash: sha256(`${sha256(weights)}  ${names[0]}\n${sha256(more)}  ${names[1]}\n`),
    });
  });

  it('whose weights are made up has no hash of them', async () => {
    writeFiles(local(), { 'config.json': JSON.stringify(CONFIG), 'model.safetensors': weights });
    expect((await prepare({ model: local(), randomWeights: true })).model).toMatchObject({
      randomWeights: true,
      weightsHash: null,
      parameters: 6,
    });
  });

  it('that is a snapshot of the Hub has its commit', async () => {
    const snapshot = cacheSnapshot(folder, MODEL, { 'config.json': '{}' });
    expect((await prepare({ model: snapshot })).model.revision).toBe(COMMIT);
  });
});

describe('the configuration alone', () => {
  it('comes from a folder, from beside a file, or from the cache of the Hub', () => {
    const text = JSON.stringify(CONFIG);
    writeFiles(join(folder, 'local'), { 'config.json': text, 'model.gguf': '' });
    cacheSnapshot(folder, MODEL, { 'config.json': text });
    expect(localModelConfig(join(folder, 'local'), null)).toEqual(CONFIG);
    expect(localModelConfig(join(folder, 'local', 'model.gguf'), null)).toEqual(CONFIG);
    expect(localModelConfig(MODEL, null)).toEqual(CONFIG);
    expect(localModelConfig(MODEL, COMMIT)).toEqual(CONFIG);
  });

  it('is not known where it is not here, or is no object', () => {
    cacheSnapshot(folder, MODEL, { 'config.json': '[1' });
    expect(localModelConfig(MODEL, null)).toBeNull();
    expect(localModelConfig(MODEL, '../../..')).toBeNull();
    expect(localModelConfig('other/model', null)).toBeNull();
    expect(localModelConfig('\0', null)).toBeNull();
  });
});

it('leaves files in the cache of llem as they were given', async () => {
  publish();
  const { model } = await prepare();
  expect(readFileSync(model.tokenizerPath ?? '', 'utf8')).toBe(JSON.stringify(TOKENIZER));
});
