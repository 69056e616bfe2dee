/** A machine with a Docker engine of its own, and one image with all the engines of the tests, made on the spot. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordSchema, type RunRecord } from '@llem/core';
import { compileSimulatedNvml, createSimulatedNvml } from '@llem/testkit';
import {
  askDocker,
  embeddedEngineFiles,
  gpuFiles,
  importImage,
  nodeFiles,
  simulatedEngineFiles,
  simulatedToolkit,
  startDockerDaemon,
  type DockerDaemon,
  type ImageFiles,
} from '@llem/testkit/docker';
import { z } from 'zod';
import { workplace, type Workplace } from './llem.js';

export const IMAGE = 'llem-test/engines:1';
/** The one GPU, as driver and toolkit have it, which are both simulated. */
export const GPU = 'GPU-00000000-0000-0000-0000-000000000000';

/** Of a model there is only what engines read before its weights. */
const CONFIG = {
  model_type: 'llama',
  num_attention_heads: 8,
  vocab_size: 32_000,
  max_position_embeddings: 4_096,
};

export interface DockerPlace extends Workplace, AsyncDisposable {
  readonly daemon: DockerDaemon;
  /** Writes `study.yaml`. */
  study(text: string): Promise<void>;
  /** Ids of containers, those that have ended too. */
  containers(): Promise<readonly string[]>;
  /** As `docker rm --force` does it. */
  removeContainer(id: string): Promise<void>;
  /** One of the names of an image. */
  removeImage(name: string): Promise<void>;
}

/** The simulated engines; `vllm` says first who it is and which variables it was given. */
export const engineFiles = (): ImageFiles => ({
  ...nodeFiles(),
  ...simulatedEngineFiles(),
  ...gpuFiles({ driver: '550.54.15', cuda: '12.4', uuids: [GPU] }),
  '/usr/local/bin/vllm': `#!/bin/sh
echo "begun as $(id -u) with $HF_TOKEN and $PASSWORD"
exec node /opt/llem/node_modules/@llem/testkit/bin/vllm.js "$@"
`,
});

export async function dockerPlace(): Promise<DockerPlace> {
  const toolkit = simulatedToolkit();
  const daemon = await startDockerDaemon({ pathPrefix: toolkit.folder });
  const stop = async () => {
    await daemon.stop();
    toolkit.remove();
  };
  try {
    await importImage(daemon, { name: IMAGE, files: { ...engineFiles(), ...embeddedEngineFiles() } });
    const place = await workplace();
    await mkdir(join(place.dir, 'model'));
    await writeFile(join(place.dir, 'model', 'config.json'), JSON.stringify(CONFIG));
    const nvml = createSimulatedNvml(join(place.dir, 'nvml'), { gpus: [{ uuid: GPU, power_w: 300 }] });
    nvml.close();
    Object.assign(place.env, {
      LLEM_NVML_LIBRARY: compileSimulatedNvml(place.dir),
      LLEM_SIMULATED_NVML: nvml.path,
      DOCKER_CONTEXT: '',
      DOCKER_TLS_VERIFY: '',
      DOCKER_HOST: daemon.host,
      DOCKER_CONFIG: join(place.dir, 'docker'),
      HF_HOME: join(place.dir, 'hub'),
      LLEM_SIMULATED_ENGINE: JSON.stringify({ itlMs: 2 }),
    });
    return {
      ...place,
      daemon,
      study: (text) => writeFile(join(place.dir, 'study.yaml'), text),
      containers: () => containersOf(daemon),
      async removeContainer(id) {
        await remove(daemon, `/containers/${id}?force=true`);
      },
      async removeImage(name) {
        await remove(daemon, `/images/${name}`);
      },
      async [Symbol.asyncDispose]() {
        await stop();
        await place.remove();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function remove({ socketPath }: DockerDaemon, path: string): Promise<void> {
  const { status, body } = await askDocker(socketPath, 'DELETE', path);
  if (status >= 400) throw new Error(`${path} could not be removed: ${body}`);
}

async function containersOf({ socketPath }: DockerDaemon): Promise<string[]> {
  const { body } = await askDocker(socketPath, 'GET', '/containers/json?all=true');
  const listed = z.array(z.object({ Id: z.string() })).parse(JSON.parse(body));
  return listed.map(({ Id }) => Id);
}

/** What every study of these tests begins with: short windows, one cycle, in the order in which experiments are written. */
export const settings = ({ dir }: Workplace, name: string, seconds = 1): string => `
name: ${name}
model: ${join(dir, 'model')}
devices: none
workload: { concurrency: 2, input_tokens: 16, output_tokens: 8 }
measure: { min_seconds: ${seconds}, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 0 } }
execution: { cycles: 1, order: sequential, retries: { max: 0 }, gaps: { between_runs_s: 0 } }
`;

/** Of a result directory, in the order of the runs. */
export async function recordsIn(dir: string): Promise<RunRecord[]> {
  const runs = (await readdir(join(dir, 'runs'))).toSorted();
  const texts = runs.map((run) => readFile(join(dir, 'runs', run, 'record.json'), 'utf8'));
  return (await Promise.all(texts)).map((text) => recordSchema.parse(JSON.parse(text)));
}

/** The only result directory in a folder of a place. */
export async function resultsOf({ dir }: Workplace, folder = 'results'): Promise<string> {
  const [name = ''] = await readdir(join(dir, folder));
  return join(dir, folder, name);
}
