/** Phrases that every engine on PyTorch, CUDA and the Hugging Face Hub has. Those of an engine itself come before them. */
import type { Phrase } from './phrases.js';

export const SHARED_PHRASES: readonly Phrase[] = [
  {
    pattern: /GatedRepoError|Cannot access gated repo|You are trying to access a gated repo/,
    class: 'gated-model',
    remedy:
      'Accept the terms of the model on its page at the Hugging Face Hub, and set HF_TOKEN to a token of that account.',
  },
  {
    pattern:
      /RepositoryNotFoundError|RevisionNotFoundError|is not a valid model identifier|401 Client Error|Repository Not Found for url|Repo id must be in the form/,
    class: 'missing-model',
    remedy: 'Check the name in `model:` and its revision; a private model needs HF_TOKEN.',
  },
  {
    pattern: /LocalEntryNotFoundError|OfflineModeIsEnabled|[Cc]ouldn't connect to '?https?:\/\//,
    class: 'hub-unreachable',
    remedy:
      'Connect this machine to the network, set HF_ENDPOINT to a mirror, or fetch the model beforehand with `hf download`.',
  },
  {
    pattern: /contains custom code which must be executed/,
    class: 'remote-code',
    remedy: 'Set trust_remote_code: true in the section of the engine if you trust the code of this model.',
  },
  {
    // vLLM writes the same of a port between its workers and takes another.
    pattern: /\[Errno 98\]|[Aa]ddress already in use(?!\. Retrying)|EADDRINUSE|Failed to bind socket/,
    class: 'port-in-use',
    remedy: 'Run it again: another port is chosen. If it comes back, look for what takes ports here.',
  },
  {
    pattern: /No space left on device|Disk quota exceeded/,
    class: 'disk-full',
    remedy: 'Make room where models and caches are (HF_HOME), and in /tmp and /dev/shm.',
  },
  {
    pattern:
      /CUDA driver version is insufficient|no kernel image is available for execution|forward compatibility was attempted/,
    class: 'driver-mismatch',
    remedy:
      'Update the driver of the GPU, or use a release or image of the engine for the CUDA version of this driver.',
  },
  {
    pattern:
      /No CUDA GPUs are available|Found no NVIDIA driver|CUDA-capable device\(s\) is\/are busy or unavailable/,
    class: 'no-gpu',
    remedy:
      'Check `llem doctor` and `devices:`; the engine sees the GPUs that the study names and no others.',
  },
  {
    pattern:
      /CUDA out of memory|torch\.OutOfMemoryError|CUDA error: out of memory|cudaMalloc failed: out of memory/,
    class: 'out-of-memory',
    remedy:
      'Use a smaller model, more GPUs, a smaller share of memory for the KV cache or a shorter context.',
  },
  {
    pattern:
      /error: unrecognized arguments?:|error: argument .*: invalid|invalid choice:|No such option:|Error: Invalid value for/,
    class: 'bad-arguments',
    remedy:
      'Compare the options and `extra` of the engine with `--help` of this release: it may lack a flag.',
  },
  {
    pattern: /spawn .* ENOENT|command not found|executable file not found/,
    class: 'missing-executable',
    remedy: 'Install the engine, or name its program in the option `executable`.',
  },
];
