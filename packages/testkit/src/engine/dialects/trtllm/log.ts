/** The log of TensorRT-LLM's server where something is to be read from it. */
import type { EngineLog } from '../dialect.js';
import { VERSION, type TrtllmFacts } from './server.js';

const line = (level: 'I' | 'E', text: string) => `[01/01/2026-00:00:00] [TRT-LLM] [${level}] ${text}`;
/** Comes last, whatever the cause was. */
const GENERIC = 'RuntimeError: Executor worker died during initialization';

export function trtllmLog({ source, blocks, blockTokens }: TrtllmFacts): EngineLog {
  return {
    starting: [
      `[TensorRT-LLM] TensorRT LLM version: ${VERSION}`,
      line('I', `Max KV cache blocks: ${blocks} of ${blockTokens} tokens`),
    ],
    ready: (baseUrl) => [
      'INFO:     Started server process [1]',
      'INFO:     Application startup complete.',
      `INFO:     Uvicorn running on ${baseUrl} (Press CTRL+C to quit)`,
    ],
    portInUse: (host, port) => [
      `RuntimeError: Failed to bind socket to ${host}:${port}: [Errno 98] Address already in use`,
    ],
    failed: {
      model: [line('E', 'Failed to initialize executor on rank 0: simulated failure'), GENERIC],
      unknown: [GENERIC],
      'out-of-memory': [
        line('E', 'Failed to initialize executor on rank 0: CUDA out of memory.'),
        'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 224.00 MiB. GPU 0 has a total capacity of 79.10 GiB of which 41.56 MiB is free.',
        GENERIC,
      ],
      'out-of-kv-memory': [
        line('E', 'Executor creation failed due to insufficient GPU memory.'),
        'The following component could not be created: KV cache',
        GENERIC,
      ],
      'gated-model': [
        'huggingface_hub.errors.GatedRepoError: 401 Client Error.',
        `Cannot access gated repo for url https://huggingface.co/${source}/resolve/main/config.json.`,
        'OSError: You are trying to access a gated repo.',
      ],
    },
  };
}
