/** The command line of a vLLM server for one experiment, on this machine or in the official image. */
import { isAbsolute, join } from 'node:path';
import {
  visibleGpusEnvironment,
  type Artifacts,
  type ContainerSpec,
  type Experiment,
  type ServiceSpec,
  type ServiceTarget,
  type VisibleGpus,
} from '@llem/core';
import {
  commandFor,
  CONTAINER_FOLDER,
  extraArguments,
  hubEnvironment,
  modelMounts,
  optionArguments,
  PASSED_ENV,
  SHARED_MEMORY_BYTES,
  sharedFolder,
  virtualEnvironment,
  type HubFolders,
} from '@llem/serving';
import { OPTION_TABLE, type VllmOptions } from './options.js';

export const DEFAULT_IMAGE = 'vllm/vllm-openai:v0.27.1';

/** Where vLLM keeps compiled code in a container. */
const CONTAINER_CACHE = `${CONTAINER_FOLDER}/vllm`;

/** Longer than any study waits: how long a start may take is the study's to say (execution.start_timeout_s). */
const READY_TIMEOUT_S = 86_400;

/** Folders of this machine that a container is given. Absolute. */
export interface HostFolders extends HubFolders {
  /** llem's own. */
  readonly cacheDir: string;
}

/** Pure. */
export function serviceSpec(
  options: VllmOptions,
  folders: HostFolders,
  experiment: Experiment,
  artifacts: Artifacts,
  target: ServiceTarget,
  gpus: VisibleGpus,
): ServiceSpec {
  const serve = serveArguments(options, experiment, artifacts, target);
  const common = { target, readiness: { path: '/health', intervalMs: 200 }, stopGraceS: 30 };
  if (target.container === undefined) {
    const program = commandFor(options.executable, 'vllm');
    return {
      ...common,
      command: [program, 'serve', ...serve],
      env: { ...visibleGpusEnvironment(gpus), ...environment(target), ...virtualEnvironment(program) },
    };
  }
  return {
    ...common,
    command: serve,
    env: { ...environment(target), ...hubEnvironment(folders), VLLM_CACHE_ROOT: CONTAINER_CACHE },
    container: containerSpec(options, folders, artifacts, target.container.image, gpus),
  };
}

/** What follows `vllm serve`: the model, what llem decides, the options of the study. */
function serveArguments(
  options: VllmOptions,
  experiment: Experiment,
  { modelRef, model }: Artifacts,
  { host, port }: ServiceTarget,
): [string, ...string[]] {
  return [
    modelRef,
    '--served-model-name',
    experiment.model,
    '--host',
    host,
    '--port',
    String(port),
    ...pinned('--revision', model.revision, modelRef),
    ...(options.tokenizer_revision === undefined
      ? pinned('--tokenizer-revision', model.tokenizerRevision, options.tokenizer ?? modelRef)
      : []),
    '--seed',
    '0',
    // Not the sampling that the model's authors suggest, which would differ between models.
    '--generation-config',
    'vllm',
    // Else no answer tells how much of its prompt came from the cache.
    '--enable-prompt-tokens-details',
    ...optionArguments(OPTION_TABLE, options),
    ...loraArguments(options),
    ...extraArguments(options.extra),
  ];
}

/** A model or tokenizer of the Hub at the commit that was prepared: what else would run is the default branch of the day. */
const pinned = (flag: string, commit: string | null, named: string): string[] =>
  commit === null || isAbsolute(named) ? [] : [flag, commit];

function loraArguments({ lora_modules: modules = {} }: VllmOptions): string[] {
  const named = Object.entries(modules).map(([name, path]) => `${name}=${path}`);
  return named.length === 0 ? [] : ['--lora-modules', ...named];
}

function environment(target: ServiceTarget): Record<string, string> {
  return {
    // Lets the prefix cache be emptied and the configuration be read, and much else that nobody else must reach.
    ...(isPrivate(target) ? { VLLM_SERVER_DEV_MODE: '1' } : {}),
    VLLM_ENGINE_READY_TIMEOUT_S: String(READY_TIMEOUT_S),
    VLLM_NO_USAGE_STATS: '1',
    DO_NOT_TRACK: '1',
  };
}

/**
 * Whether this machine alone reaches it. What a container listens on is its own, with a port that is published to this machine; or, in
 * the network of the host, an address of its loopback.
 */
const isPrivate = ({ host, container }: ServiceTarget): boolean =>
  container !== undefined || /^(127\.|localhost$|::1$|\[::1\]$)/.test(host);

function containerSpec(
  options: VllmOptions,
  folders: HostFolders,
  { modelRef }: Artifacts,
  image: string | null,
  gpus: VisibleGpus,
): ContainerSpec {
  return {
    image: image ?? DEFAULT_IMAGE,
    // The same for every release: images up to 0.11 begin with the module of the server, which takes its model by a flag.
    entrypoint: ['vllm', 'serve'],
    gpus,
    shmBytes: SHARED_MEMORY_BYTES,
    ipc: 'private',
    ulimits: {},
    mounts: [
      ...modelMounts(modelRef, folders, namedFiles(options)),
      // Else every start compiles the model again.
      sharedFolder(join(folders.cacheDir, 'vllm'), CONTAINER_CACHE),
    ],
    passEnv: PASSED_ENV,
  };
}

/** What options may name by a path of this machine. */
const namedFiles = (options: VllmOptions): readonly (string | undefined)[] => [
  options.tokenizer,
  options.chat_template,
  options.speculative_config?.model,
  ...Object.values(options.lora_modules ?? {}),
];
