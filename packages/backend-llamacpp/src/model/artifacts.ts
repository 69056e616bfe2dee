/** A study's `model:` as a GGUF file on disk and what is known of it. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { llemError, type Artifacts, type ModelFacts } from '@llem/core';
import { fileHash, longestRun, writeWhole } from '@llem/serving';
import { GgufError, readGguf, type GgufHeader } from './gguf-reader.js';
import {
  GENERATOR_VERSION,
  isTinyModel,
  TINY_MODELS,
  tinyModelFile,
  VOCABULARY_SIZE,
  type TinyModelName,
} from './tiny.js';
import { tinyTokenizer } from './tiny-tokenizer.js';
import { TOKEN_TYPE } from './vocabulary.js';

const tinyNames = () => Object.keys(TINY_MODELS).join(', ');

/** Finds or generates a model. Throws LLEM_E_PREPARE with what to do. */
export async function prepareModel(model: string, cacheDir: string, signal: AbortSignal): Promise<Artifacts> {
  if (isTinyModel(model)) return prepareTiny(model, cacheDir, signal);
  if (model.startsWith('llem/')) {
    throw llemError('LLEM_E_PREPARE', `There is no generated model "${model}".`, {
      remedy: `Use one of ${tinyNames()}, or the path of a GGUF file.`,
    });
  }
  const path = resolve(model);
  await requireFile(model, path);
  const header = headerOf(path);
  if (Number(header.values.get('split.count') ?? 0) > 1) {
    throw llemError('LLEM_E_PREPARE', `The model file ${path} is one part of several.`, {
      remedy:
        'Join the parts with `llama-gguf-split --merge FIRST_PART JOINED.gguf` and name the joined file.',
    });
  }
  const weightsHash = await fileHash(path, signal);
  const name = header.values.get('general.name');
  return {
    modelRef: path,
    model: {
      ...modelFacts(header, typeof name === 'string' && name !== '' ? name : model, weightsHash, false),
      tokenizerPath: await tokenizerBeside(path),
    },
  };
}

/** The `tokenizer.json` of a model's repository, where it was downloaded with the GGUF file. */
async function tokenizerBeside(path: string): Promise<string | null> {
  const beside = join(dirname(path), 'tokenizer.json');
  const found = await stat(beside).catch(() => null);
  return found?.isFile() === true ? beside : null;
}

async function requireFile(model: string, path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw llemError('LLEM_E_PREPARE', `The model "${model}" cannot be read: there is no file ${path}.`, {
      remedy: `Give the path of a GGUF file, or one of the generated models: ${tinyNames()}.`,
      failureClass: 'missing-model',
      cause: error,
    });
  });
  if (!found.isFile()) {
    throw llemError('LLEM_E_PREPARE', `The model "${model}" is a folder, not a GGUF file: ${path}.`, {
      remedy: 'Name the .gguf file itself; a model in safetensors needs converting to GGUF first.',
    });
  }
}

function headerOf(path: string): GgufHeader {
  try {
    return readGguf(path);
  } catch (error) {
    const why =
      error instanceof GgufError
        ? error.message
        : `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw llemError('LLEM_E_PREPARE', `The model file ${path} ${why}.`, {
      remedy: 'Download or convert the model again, or name another GGUF file.',
      cause: error,
    });
  }
}

async function prepareTiny(name: TinyModelName, cacheDir: string, signal: AbortSignal): Promise<Artifacts> {
  const expected = TINY_MODELS[name].sha256;
  const path = resolve(cacheDir, 'models', `${name.replace('/', '-')}-v${GENERATOR_VERSION}.gguf`);
  const cached = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!cached || (await fileHash(path, signal)) !== expected) await generate(name, path, expected, signal);
  const tokenizerPath = await prepareTinyTokenizer(dirname(path), signal);
  return { modelRef: path, model: { ...modelFacts(headerOf(path), name, expected, true), tokenizerPath } };
}

/** One for all of them, since they have one vocabulary. */
async function prepareTinyTokenizer(folder: string, signal: AbortSignal): Promise<string> {
  const path = join(folder, `llem-tiny-v${GENERATOR_VERSION}.tokenizer.json`);
  const content = tinyTokenizer(VOCABULARY_SIZE);
  const cached = await readFile(path, 'utf8').catch(() => null);
  if (cached !== content) await writeWhole(path, [content], 'The model', signal);
  return path;
}

async function generate(
  name: TinyModelName,
  path: string,
  expected: string,
  signal: AbortSignal,
): Promise<void> {
  const pieces = tinyModelFile(name);
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  const digest = hash.digest('hex');
  if (digest !== expected) {
    throw llemError(
      'LLEM_E_PREPARE',
      `The generated model ${name} came out as ${digest}, not as ${expected}.`,
      {
        remedy: 'Report this with your processor and Node version: the same seed must give the same bytes.',
      },
    );
  }
  await writeWhole(path, pieces, 'The model', signal);
}

function modelFacts(
  header: GgufHeader,
  name: string,
  weightsHash: string,
  randomWeights: boolean,
): ModelFacts {
  const architecture = header.values.get('general.architecture');
  const contextLength = header.values.get(`${String(architecture)}.context_length`);
  return {
    name,
    revision: null,
    weightsHash,
    tokenizerRevision: null,
    tokenizerPath: null,
    randomWeights,
    parameters: header.tensors.reduce((sum, tensor) => sum + tensor.elements, 0),
    contextLength: typeof contextLength === 'number' ? contextLength : null,
    promptTokenIds: ordinaryTokens(header.tokenTypes, randomWeights ? 256 : 0),
  };
}

/** The longest run of ordinary tokens from `from` on: no control, byte, unknown or unused ones in it. */
function ordinaryTokens(types: Int32Array | null, from: number): ModelFacts['promptTokenIds'] {
  return types && longestRun(types.length, (id) => types[id] === TOKEN_TYPE.normal, from);
}
