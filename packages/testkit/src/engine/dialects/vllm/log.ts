/** The log of vLLM's server where something is to be read from it. */
import type { EngineLog } from '../dialect.js';
import type { VllmFacts } from './server.js';

const api = (text: string) => `(APIServer pid=1) INFO 01-01 00:00:00 [api_server.py:1] ${text}`;
const core = (level: string, text: string) =>
  `(EngineCore pid=2) ${level} 01-01 00:00:00 [core.py:1] ${text}`;
const error = (text: string) => core('ERROR', text);
/** Comes last, whatever the cause was. */
const GENERIC =
  'RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}';

export function vllmLog({ model, blocks, blockTokens, maxModelLen }: VllmFacts, version: string): EngineLog {
  const tokens = (blocks * blockTokens).toLocaleString('en-US');
  return {
    starting: [
      api(`vLLM API server version ${version}`),
      core('INFO', `Initializing a V1 LLM engine (v${version}) with config: model='${model}'`),
      core(
        'INFO',
        `GPU KV cache size: ${tokens} tokens, Maximum concurrency for ${maxModelLen ?? 40_960} tokens per request`,
      ),
    ],
    ready: (baseUrl) => [
      api(`Starting vLLM server on ${baseUrl}`),
      '(APIServer pid=1) INFO:     Started server process [1]',
      '(APIServer pid=1) INFO:     Waiting for application startup.',
      '(APIServer pid=1) INFO:     Application startup complete.',
    ],
    portInUse: () => ['OSError: [Errno 98] Address already in use'],
    failed: {
      model: [error('ValueError: simulated failure'), GENERIC],
      unknown: [error('EngineCore failed to start.'), GENERIC],
      'out-of-memory': [
        error(
          'Failed to load model - not enough GPU memory. Try lowering --gpu-memory-utilization to free memory for weights.',
        ),
        error(
          'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 224.00 MiB. GPU 0 has a total capacity of 79.10 GiB of which 41.56 MiB is free.',
        ),
        error('EngineCore failed to start.'),
        GENERIC,
      ],
      'out-of-kv-memory': [
        error(
          'ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when initializing the engine.',
        ),
        error('EngineCore failed to start.'),
        GENERIC,
      ],
      'gated-model': [
        `huggingface_hub.errors.GatedRepoError: 401 Client Error.`,
        `Cannot access gated repo for url https://huggingface.co/${model}/resolve/main/config.json.`,
        'OSError: You are trying to access a gated repo.',
      ],
    },
  };
}
