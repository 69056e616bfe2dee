/**
 * The one place that knows the interface of llama.cpp's prebuilt addon (`@node-llama-cpp/*`). It is internal to that
 * package and may change with any release: the version is pinned in package.json and the shape is checked here.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { engineError } from './failure.js';

export interface AddonSampler {
  applyConfig(config: {
    readonly temperature: number;
    readonly topK?: number;
    readonly topP?: number;
    readonly minP?: number;
    readonly seed?: number;
  }): void;
  dispose(): void;
}

export interface AddonContext {
  init(): Promise<boolean>;
  getContextSize(): number;
  getThreads(): number;
  /** Room for `size` tokens; empties the batch. */
  initBatch(size: number): void;
  /** Entries must come in ascending order of sequence. Gives the index of the logits of each position asked for. */
  addToBatch(sequence: number, position: number, tokens: Uint32Array, logits: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  /** -1 when nothing could be drawn. */
  sampleToken(logits: number, sampler: AddonSampler): Promise<number>;
  /** Forgets what a sequence holds. */
  disposeSequence(sequence: number): void;
}

export interface AddonModel {
  init(): Promise<boolean>;
  tokenize(text: string, specialTokens: boolean): Uint32Array;
  detokenize(tokens: Uint32Array, specialTokens: boolean): string;
  getTokenString(token: number): string;
  getTokenAttributes(token: number): number;
  getVocabularyType(): number;
  isEogToken(token: number): boolean;
  tokenBos(): number;
  tokenEos(): number;
  shouldPrependBosToken(): boolean;
  getModelDescription(): string;
}

export interface Addon {
  markLoaded(): boolean;
  setLogger(logger: (level: number, message: string) => void): void;
  setLoggerLogLevel(level: number): void;
  /** Without a folder: the backends built in. */
  loadBackends(folder?: string): void;
  getGpuType(): string | false | null | undefined;
  init(): Promise<void>;
  systemInfo(): string;
  /** The number of a tensor type, by its name in capitals, e.g. `Q8_0`; undefined when this build does not know it. */
  getGgmlType(name: string): number | undefined;
  readonly AddonModel: new (
    path: string,
    params: { gpuLayers: number; useMmap: boolean; addonExports: Addon },
  ) => AddonModel;
  readonly AddonContext: new (
    model: AddonModel,
    params: {
      /** Tokens over all sequences. */
      contextSize: number;
      /** Most tokens in one step; computed in one piece, so this is llama.cpp's ubatch as well. */
      batchSize: number;
      sequences: number;
      threads: number;
      flashAttention: boolean | 'auto';
      kvCacheKeyType: number;
      kvCacheValueType: number;
    },
  ) => AddonContext;
  readonly AddonSampler: new (model: AddonModel) => AddonSampler;
  readonly AddonJinjaRenderer: new (template: string) => {
    render(items: Readonly<Record<string, unknown>>): string;
  };
}

const FUNCTIONS = [
  'markLoaded',
  'setLogger',
  'setLoggerLogLevel',
  'loadBackends',
  'getGpuType',
  'init',
  'systemInfo',
  'getGgmlType',
] as const;

const METHODS: Readonly<Record<string, readonly string[]>> = {
  AddonModel: [
    'init',
    'tokenize',
    'detokenize',
    'getTokenString',
    'getTokenAttributes',
    'getVocabularyType',
    'isEogToken',
    'tokenBos',
    'tokenEos',
    'shouldPrependBosToken',
    'getModelDescription',
  ],
  AddonContext: [
    'init',
    'getContextSize',
    'getThreads',
    'initBatch',
    'addToBatch',
    'decodeBatch',
    'sampleToken',
    'disposeSequence',
  ],
  AddonSampler: ['applyConfig', 'dispose'],
  AddonJinjaRenderer: ['render'],
};

const isFunctionIn = (owner: unknown, name: string): boolean =>
  ((typeof owner === 'object' && owner !== null) || typeof owner === 'function') &&
  typeof Reflect.get(owner, name) === 'function';

/** What a loaded binary lacks of the interface above. */
export function missingFromAddon(binary: unknown): string[] {
  const missing: string[] = FUNCTIONS.filter((name) => !isFunctionIn(binary, name));
  for (const [name, methods] of Object.entries(METHODS)) {
    if (!isFunctionIn(binary, name)) {
      missing.push(name);
      continue;
    }
    const made: unknown =
      typeof binary === 'object' && binary !== null ? Reflect.get(binary, name) : undefined;
    const prototype: unknown = typeof made === 'function' ? made.prototype : undefined;
    missing.push(
      ...methods.filter((method) => !isFunctionIn(prototype, method)).map((method) => `${name}.${method}`),
    );
  }
  return missing;
}

const isAddon = (binary: unknown): binary is Addon => missingFromAddon(binary).length === 0;

/** Platforms that have a prebuilt binary, as `process.platform-process.arch`, with the package that holds it. */
export const ADDON_PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-arm64': 'mac-arm64-metal',
  'darwin-x64': 'mac-x64',
  'win32-x64': 'win-x64',
};

export interface LoadedAddon {
  readonly addon: Addon;
  readonly packageName: string;
  readonly packageVersion: string;
  /** llama.cpp's release, as the package states it; null where it does not. */
  readonly llamaCpp: string | null;
  /** The CPU variants that llama.cpp chose on this machine, e.g. `haswell`. */
  readonly cpuVariants: readonly string[];
}

const locationSchema = z.object({
  getBinsDir: z.function({
    input: [],
    output: z.object({ binsDir: z.string(), packageVersion: z.string() }),
  }),
});
const buildSchema = z.object({ buildOptions: z.object({ llamaCpp: z.object({ release: z.string() }) }) });

/** Loads the binary made for this platform. Throws an engine error of class `addon`. */
export async function loadAddon(log: (line: string) => void): Promise<LoadedAddon> {
  const platform = `${process.platform}-${process.arch}`;
  const folder = ADDON_PACKAGES[platform];
  if (folder === undefined) {
    throw engineError('addon', `there is no prebuilt llama.cpp for ${platform}`);
  }
  const packageName = `@node-llama-cpp/${folder}`;
  const located: unknown = await import(packageName).catch((error: unknown) => {
    throw engineError('addon', `the optional dependency ${packageName} is not installed`, error);
  });
  const { binsDir, packageVersion } = locationSchema.parse(located).getBinsDir();
  const require = createRequire(import.meta.url);
  const load = (file: string): unknown => require(join(binsDir, folder, file));
  let addon: unknown;
  try {
    addon = load('llama-addon.node');
  } catch (error) {
    throw engineError('addon', `${packageName} ${packageVersion} does not load here`, error);
  }
  if (!isAddon(addon)) {
    const missing = missingFromAddon(addon).join(', ');
    throw engineError('addon', `${packageName} ${packageVersion} lacks ${missing}`);
  }
  const cpuVariants = new Set<string>();
  addon.markLoaded();
  addon.setLogger((_level, message) => {
    const variant = /libggml-cpu-([\w.]+?)\.(?:so|dylib|dll)/.exec(message)?.[1];
    if (variant !== undefined) cpuVariants.add(variant);
    // Progress comes as single dots.
    if (message.trim() !== '.' && message.trim() !== '') log(message.trimEnd());
  });
  addon.setLoggerLogLevel(4);
  addon.loadBackends();
  if (addon.getGpuType() === null || addon.getGpuType() === undefined) {
    addon.loadBackends(join(binsDir, folder));
  }
  await addon.init();
  const build = buildSchema.safeParse(readBuild(load));
  return {
    addon,
    packageName,
    packageVersion,
    llamaCpp: build.success ? build.data.buildOptions.llamaCpp.release : null,
    get cpuVariants() {
      return [...cpuVariants];
    },
  };
}

function readBuild(load: (file: string) => unknown): unknown {
  try {
    return load('_nlcBuildMetadata.json');
  } catch {
    return null;
  }
}
