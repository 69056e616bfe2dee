/** A GGUF file loaded through the addon, with the context that its sequences share. */
import { availableParallelism } from 'node:os';
import { GgufError, readGguf, type GgufHeader } from '../model/gguf-reader.js';
import type { AddonContext, AddonModel, AddonSampler, LoadedAddon } from './addon.js';
import { engineError } from './failure.js';
import type { EngineSettings } from './flags.js';
import { tokenBytesOf } from './text.js';

export interface SamplingSettings {
  /** 0 takes the likeliest token. */
  readonly temperature: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly seed?: number;
}

export interface LoadedModel {
  readonly context: AddonContext;
  /** As resolved: threads, tokens a sequence can hold and so on. */
  readonly threads: number;
  readonly sequenceContext: number;
  readonly vocabularySize: number;
  readonly description: string;
  /** Bytes of a token's text; empty for control tokens. */
  tokenBytes(token: number): Uint8Array;
  endsGeneration(token: number): boolean;
  /** A text as a prompt, special tokens recognised, with a beginning token where the model wants one. */
  tokenize(text: string): Uint32Array;
  /** Text of a conversation with the model's own template, or a plain one where it has none. Throws what the template throws. */
  renderChat(messages: readonly { role: string; content: string }[]): string;
  makeSampler(settings: SamplingSettings): AddonSampler;
}

function headerOf(path: string): GgufHeader {
  try {
    return readGguf(path);
  } catch (error) {
    if (error instanceof GgufError) throw engineError('bad-model', `the model file ${path} ${error.message}`);
    throw engineError('bad-model', `the model file ${path} cannot be read`, error);
  }
}

/** Loads it. Throws engine errors of class `bad-model` and `context`. */
export async function loadModel({ addon }: LoadedAddon, settings: EngineSettings): Promise<LoadedModel> {
  const header = headerOf(settings.model);
  const { vocabularySize } = header;
  if (vocabularySize === null) {
    throw engineError('bad-model', `the model file ${settings.model} has no vocabulary`);
  }
  const model = new addon.AddonModel(settings.model, {
    gpuLayers: 0,
    useMmap: settings.mmap === 1,
    addonExports: addon,
  });
  const loaded = await model.init().catch((error: unknown) => {
    throw engineError('bad-model', `llama.cpp cannot load ${settings.model}`, error);
  });
  if (!loaded) throw engineError('bad-model', `llama.cpp cannot load ${settings.model}`);

  const kvType = (name: string) => {
    const type = addon.getGgmlType(name.toUpperCase());
    if (type === undefined) throw engineError('context', `this llama.cpp has no KV cache of type ${name}`);
    return type;
  };
  const threads = settings.threads ?? Math.max(1, Math.floor(availableParallelism() / 2));
  const context = new addon.AddonContext(model, {
    contextSize: settings.context * settings.sequences,
    batchSize: settings.batchSize,
    sequences: settings.sequences,
    threads,
    flashAttention: settings.flashAttention === 'auto' ? 'auto' : settings.flashAttention === 'on',
    kvCacheKeyType: kvType(settings.kvTypeK),
    kvCacheValueType: kvType(settings.kvTypeV),
  });
  const wanted = `a context of ${settings.sequences} x ${settings.context} tokens`;
  const ready = await context.init().catch((error: unknown) => {
    throw engineError('context', `llama.cpp cannot create ${wanted}`, error);
  });
  if (!ready) throw engineError('context', `llama.cpp cannot create ${wanted}`);

  const template = header.values.get('tokenizer.chat_template');
  return {
    context,
    threads: context.getThreads(),
    sequenceContext: Math.floor(context.getContextSize() / settings.sequences),
    vocabularySize,
    description: model.getModelDescription(),
    tokenBytes: tokenBytesOf(model),
    endsGeneration: (token) => model.isEogToken(token),
    tokenize: (text) => withBeginning(model, model.tokenize(text, true)),
    renderChat: (messages) =>
      typeof template === 'string'
        ? new addon.AddonJinjaRenderer(template).render({
            messages,
            add_generation_prompt: true,
            bos_token: tokenText(model, model.tokenBos()),
            eos_token: tokenText(model, model.tokenEos()),
          })
        : plainChat(messages),
    makeSampler(sampling) {
      const sampler = new addon.AddonSampler(model);
      sampler.applyConfig(sampling);
      return sampler;
    },
  };
}

const tokenText = (model: AddonModel, token: number) => (token < 0 ? '' : model.getTokenString(token));

function withBeginning(model: AddonModel, tokens: Uint32Array): Uint32Array {
  const beginning = model.tokenBos();
  if (!model.shouldPrependBosToken() || beginning < 0 || tokens[0] === beginning) return tokens;
  return Uint32Array.of(beginning, ...tokens);
}

/** For models that bring no template. */
const plainChat = (messages: readonly { role: string; content: string }[]) =>
  `${messages.map(({ role, content }) => `${role}: ${content}\n`).join('')}assistant:`;
