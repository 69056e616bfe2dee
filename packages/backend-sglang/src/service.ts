/** The command line of an SGLang server for one experiment, on this machine or in the official image. */
import { basename, isAbsolute } from 'node:path';
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
  extraArguments,
  hubEnvironment,
  modelMounts,
  optionArguments,
  PASSED_ENV,
  SHARED_MEMORY_BYTES,
  virtualEnvironment,
  type HubFolders,
} from '@llem/serving';
import { OPTION_TABLE, type SglangOptions } from './options.js';

export const PROGRAM = 'sglang';
export const DEFAULT_IMAGE = 'lmsysorg/sglang:v0.5.17-cu130';

const ENVIRONMENT = {
  // Else each question for its health makes a token while nothing runs, which is energy that nobody asked for.
  SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION: '0',
};

/**
 * Steps of decoding between two updates of its metrics. Where prompts are read together it tells the requests that ran before them,
 * none at times, until the next update: with its own 40 that is a third of an answer of 128 tokens. Each is some tenths of a
 * millisecond of the processor.
 */
const METRICS_INTERVAL = '8';

/** A Python of any version. */
const PYTHON = /^python[\d.]*$/;

/** What serves a model with a program: `sglang serve`, or the module of a Python that is named in its place. */
export const serveWith = (program: string): readonly string[] =>
  PYTHON.test(basename(program)) ? ['-m', 'sglang.launch_server'] : ['serve'];

/** The name that the model is served under. SGLang takes what follows a colon for an adapter. Pure. */
export const servedName = ({ model }: Experiment): string => model.replaceAll(':', '-');

/** Pure but for looking whether `executable` is a folder. */
export function serviceSpec(
  options: SglangOptions,
  hub: HubFolders,
  experiment: Experiment,
  artifacts: Artifacts,
  target: ServiceTarget,
  gpus: VisibleGpus,
): ServiceSpec {
  const args = serverArguments(options, experiment, artifacts, target);
  // It drains for as long as requests take.
  const common = { target, readiness: { path: '/health', intervalMs: 200 }, stopGraceS: 30 };
  if (target.container === undefined) {
    const program = commandFor(options.executable, PROGRAM);
    return {
      ...common,
      command: [program, ...serveWith(program), ...args],
      env: { ...visibleGpusEnvironment(gpus), ...virtualEnvironment(program), ...ENVIRONMENT },
    };
  }
  return {
    ...common,
    command: [PROGRAM, 'serve', ...args],
    env: { ...ENVIRONMENT, ...hubEnvironment(hub) },
    container: containerSpec(options, hub, artifacts, target.container.image, gpus),
  };
}

function serverArguments(
  options: SglangOptions,
  experiment: Experiment,
  { modelRef, model }: Artifacts,
  { host, port }: ServiceTarget,
): string[] {
  return [
    ...['--model-path', modelRef],
    ...['--served-model-name', servedName(experiment)],
    ...['--host', host, '--port', String(port)],
    ...(model.revision === null || isAbsolute(modelRef) ? [] : ['--revision', model.revision]),
    ...['--random-seed', '0'],
    // Not the sampling that the model's authors suggest, which would differ between models.
    ...['--sampling-defaults', 'openai'],
    '--enable-metrics',
    // Else no answer tells how much of its prompt came from the cache.
    '--enable-cache-report',
    ...(options.decode_log_interval === undefined ? ['--decode-log-interval', METRICS_INTERVAL] : []),
    ...optionArguments(OPTION_TABLE, options),
    ...loraArguments(options),
    ...extraArguments(options.extra),
  ];
}

function loraArguments({ lora_paths: paths = {} }: SglangOptions): string[] {
  const named = Object.entries(paths).map(([name, path]) => `${name}=${path}`);
  return named.length === 0 ? [] : ['--lora-paths', ...named];
}

function containerSpec(
  options: SglangOptions,
  hub: HubFolders,
  { modelRef }: Artifacts,
  image: string | null,
  gpus: VisibleGpus,
): ContainerSpec {
  return {
    image: image ?? DEFAULT_IMAGE,
    // The image has none of its own: the command is whole.
    entrypoint: null,
    gpus,
    shmBytes: SHARED_MEMORY_BYTES,
    ipc: 'private',
    ulimits: {},
    mounts: modelMounts(modelRef, hub, namedFiles(options)),
    passEnv: PASSED_ENV,
  };
}

/** What options may name by a path of this machine. */
const namedFiles = (options: SglangOptions): readonly (string | undefined)[] => [
  options.tokenizer_path,
  options.chat_template,
  options.speculative_draft_model_path,
  options.speculative_token_map,
  ...Object.values(options.lora_paths ?? {}),
];
