/** The log of SGLang's server where something is to be read from it. */
import type { EngineLog } from '../dialect.js';
import type { SglangFacts } from './server.js';

const line = (text: string) => `[2026-01-01 00:00:00] ${text}`;
/** Comes last, whatever the cause was. */
const GENERIC = line('Received sigquit from a child process. It usually means the child failed.');

export function sglangLog({ model, kvTokens, contextTokens }: SglangFacts, version: string): EngineLog {
  return {
    starting: [
      line(`SGLang ${version}: server_args=ServerArgs(model_path='${model}')`),
      line(
        `max_total_num_tokens=${kvTokens}, chunked_prefill_size=8192, context_len=${contextTokens ?? 40_960}`,
      ),
    ],
    ready: (baseUrl) => [
      'INFO:     Started server process [1]',
      'INFO:     Application startup complete.',
      `INFO:     Uvicorn running on ${baseUrl} (Press CTRL+C to quit)`,
      line('The server is fired up and ready to roll!'),
    ],
    portInUse: (host, port) => [
      `[Errno 98] error while attempting to bind on address ('${host}', ${port}): address already in use`,
      'OSError: [Errno 98] Address already in use',
    ],
    failed: {
      model: [line('Scheduler hit an exception: ValueError: simulated failure'), GENERIC],
      unknown: [GENERIC],
      'out-of-memory': [
        line('Scheduler hit an exception: Traceback (most recent call last):'),
        'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 224.00 MiB. GPU 0 has a total capacity of 79.10 GiB of which 41.56 MiB is free.',
        GENERIC,
      ],
      'out-of-kv-memory': [
        line('Scheduler hit an exception: Traceback (most recent call last):'),
        'RuntimeError: Not enough memory. Please try to increase --mem-fraction-static.',
        GENERIC,
      ],
      'gated-model': [
        'huggingface_hub.errors.GatedRepoError: 401 Client Error.',
        `Cannot access gated repo for url https://huggingface.co/${model}/resolve/main/config.json.`,
        'OSError: You are trying to access a gated repo.',
      ],
    },
  };
}
