/** Studies of the GPU engines on simulated servers and a simulated GPU, driven through the real command. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { recordSchema, type RunRecord } from '@llem/core';
import {
  compileSimulatedNvml,
  createSimulatedNvml,
  SIMULATED_SGLANG,
  SIMULATED_TRTLLM_SERVE,
  SIMULATED_VLLM,
} from '@llem/testkit';
import { workplace, type Finished, type Workplace } from './llem.js';

const EXAMPLE = fileURLToPath(new URL('../../../examples/engines.yaml', import.meta.url));

/** A model of which there is only what engines read before its weights. */
const CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 256,
  intermediate_size: 512,
  num_hidden_layers: 2,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 32,
  vocab_size: 32_000,
  max_position_embeddings: 4_096,
  dtype: 'bfloat16',
};

export interface EngineStudies extends Pick<Workplace, 'remove'> {
  /** Runs a study on these engines, all of which behave alike. */
  run(study: string, engines?: object): Promise<Finished>;
  /** By the backend's name. */
  records(): Promise<ReadonlyMap<string, RunRecord>>;
  /** The settings of all studies; `seconds` is the length of a window. */
  settings(name: string, seconds: number): string;
}

/** In a workplace of their own, or in that one. */
export async function engineStudies(given?: Workplace): Promise<EngineStudies> {
  const place = given ?? (await workplace());
  const driver = join(place.dir, 'driver');
  await mkdir(driver);
  const nvml = createSimulatedNvml(join(driver, 'control'), { gpus: [{ power_w: 300 }] });
  nvml.close();
  place.env['LLEM_NVML_LIBRARY'] = compileSimulatedNvml(driver);
  place.env['LLEM_SIMULATED_NVML'] = nvml.path;
  const model = join(place.dir, 'model');
  await mkdir(model);
  await writeFile(join(model, 'config.json'), JSON.stringify(CONFIG));
  return {
    remove: () => place.remove(),
    async run(study, engines = {}) {
      const gpu = { control: nvml.path };
      place.env['LLEM_SIMULATED_ENGINE'] = JSON.stringify({ itlMs: 2, gpu, ...engines });
      await writeFile(join(place.dir, 'study.yaml'), study);
      return place.llem(['run', 'study.yaml', '--output', 'results']);
    },
    async records() {
      const [name = ''] = await readdir(join(place.dir, 'results'));
      const runs = join(place.dir, 'results', name, 'runs');
      const found = new Map<string, RunRecord>();
      for (const each of await readdir(runs)) {
        const text = await readFile(join(runs, each, 'record.json'), 'utf8');
        const record = recordSchema.parse(JSON.parse(text));
        found.set(record.engine.backend, record);
      }
      return found;
    },
    settings: (name, seconds) => `
name: ${name}
model: ${model}
devices: [0]
measure: { min_seconds: ${seconds}, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 1 } }
execution: { cycles: 1, order: sequential, gaps: { between_runs_s: 0 } }
energy: { meters: [nvml], require: measured }
`,
  };
}

/** The worked study of all three, at one small load and with drafts in each. */
export const COMPARED = `
base: ${EXAMPLE}
workload: { input_tokens: 64, output_tokens: 32 }
sweep: { workload.concurrency: [4] }
vllm:
  executable: ${SIMULATED_VLLM}
  speculative_config: { method: ngram, num_speculative_tokens: 4, prompt_lookup_min: 2, prompt_lookup_max: 4 }
sglang: { executable: ${SIMULATED_SGLANG}, speculative_algorithm: NGRAM, speculative_num_draft_tokens: 5 }
trtllm:
  executable: ${SIMULATED_TRTLLM_SERVE}
  speculative_config: { decoding_type: NGram, max_draft_len: 4 }
`;

/** One experiment of each of these engines; what stands in `extra` is added to it. */
export const each = (
  extra: Readonly<Record<string, string>> = {},
  engines: readonly string[] = ['vllm', 'sglang', 'trtllm'],
): string => `
workload: { concurrency: 2, input_tokens: 16, output_tokens: 8 }
vllm: { executable: ${SIMULATED_VLLM} }
sglang: { executable: ${SIMULATED_SGLANG} }
trtllm: { executable: ${SIMULATED_TRTLLM_SERVE} }
experiments:
${engines.map((backend) => `  - { backend: ${backend}${extra[backend] ?? ''} }`).join('\n')}
`;
