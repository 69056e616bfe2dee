/** How trtllm-serve is started: its command line, its options file, and what its container needs. */
import { isAbsolute } from 'node:path';
import {
  visibleGpusEnvironment,
  type Artifacts,
  type ContainerMount,
  type ContainerSpec,
  type ServiceFile,
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
import { llmArgs, optionsFile } from './options-file.js';
import { FLAGS, type TrtllmOptions } from './options.js';

export const PROGRAM = 'trtllm-serve';
export const DEFAULT_IMAGE = 'nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24';

/** Where the options file stands in a container. */
const FILE_IN_CONTAINER = `${CONTAINER_FOLDER}/options.yaml`;

/** Late 1.3 reports its use in the background; earlier releases do not look at it. */
const QUIET = { TRTLLM_NO_USAGE_STATS: '1' };

/** Folders of llem and of the Hugging Face Hub on this machine. */
export interface Folders extends HubFolders {
  readonly cacheDir: string;
}

/** Pure. */
export function serviceSpec(
  options: TrtllmOptions,
  { modelRef, model }: Artifacts,
  target: ServiceTarget,
  gpus: VisibleGpus,
  folders: Folders,
): ServiceSpec {
  const file = optionsFile(llmArgs(options, isAbsolute(modelRef) ? null : model.revision), folders.cacheDir);
  const common = {
    target,
    files: [file],
    // The port is bound early, and answers once the model is loaded.
    readiness: { path: '/health', intervalMs: 500 },
    // It ends by itself within 10 s of a request to stop, or kills its workers.
    stopGraceS: 30,
  };
  if (!target.container) {
    const program = commandFor(options.executable, PROGRAM);
    return {
      ...common,
      command: [program, ...serveArguments(options, modelRef, target, file.path)],
      env: { ...visibleGpusEnvironment(gpus), ...virtualEnvironment(program), ...QUIET },
    };
  }
  return {
    ...common,
    command: [PROGRAM, ...serveArguments(options, modelRef, target, FILE_IN_CONTAINER)],
    env: { ...QUIET, ...hubEnvironment(folders) },
    container: containerSpec(target.container.image ?? DEFAULT_IMAGE, gpus, [
      ...modelMounts(modelRef, folders, namedFiles(options)),
      ...fileMounts(options, file),
    ]),
  };
}

function serveArguments(
  options: TrtllmOptions,
  modelRef: string,
  { host, port }: ServiceTarget,
  filePath: string,
): string[] {
  return [
    'serve',
    modelRef,
    ...['--host', host, '--port', String(port)],
    ...optionArguments(FLAGS, options),
    // The name that every release has; later ones call it --config as well.
    ...['--extra_llm_api_options', filePath],
    ...extraArguments(options.extra),
  ];
}

/** As NVIDIA starts its image: its own entrypoint, then the command. */
const containerSpec = (
  image: string,
  gpus: VisibleGpus,
  mounts: readonly ContainerMount[],
): ContainerSpec => ({
  image,
  entrypoint: null,
  gpus,
  shmBytes: SHARED_MEMORY_BYTES,
  ipc: 'private',
  ulimits: { memlock: -1, stack: 67_108_864 },
  mounts,
  passEnv: PASSED_ENV,
});

/** The options file, and the folder that blocks of the cache are written to. */
function fileMounts(options: TrtllmOptions, file: ServiceFile): ContainerMount[] {
  const disk = options.kv_cache_config?.disk_cache_path;
  return [
    { source: file.path, target: FILE_IN_CONTAINER, readOnly: true, create: false },
    ...(disk === undefined ? [] : [sharedFolder(disk, disk)]),
  ];
}

/** What options may name by a path of this machine. */
function namedFiles(options: TrtllmOptions): readonly (string | undefined)[] {
  const { tokenizer, chat_template: template, speculative_config: speculation, lora_config: lora } = options;
  return [
    tokenizer,
    template,
    speculation?.speculative_model,
    speculation?.speculative_model_dir,
    ...(lora?.lora_dir ?? []),
    options.lora_request?.lora_path,
    ...(typeof options.moe_config?.load_balancer === 'string' ? [options.moe_config.load_balancer] : []),
  ];
}
