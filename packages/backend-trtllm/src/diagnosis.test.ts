/** Logs in the engine's formats, and what is made of them. */
import { expect, test } from 'vitest';
import { LOGS } from './diagnosis.fixture.js';
import { diagnoseExit } from './diagnosis.js';

const { worker, memory, usage, main } = LOGS;
const failed = { code: 1, signal: null };

test.each([
  [
    'a flag that is not there',
    usage('No such option: --cp_sise Did you mean --cp_size?'),
    2,
    'bad-arguments',
    'trtllm.extra',
  ],
  [
    'a backend that is gone',
    usage("Invalid value for '--backend': 'tensorrt' is not one of 'pytorch', '_autodeploy'."),
    2,
    'bad-arguments',
    '--help',
  ],
  [
    'a key that the file must not have',
    main(
      'pydantic_core._pydantic_core.ValidationError: 1 validation error for TorchLlmArgs\nkv_cache_config.dtpe\n  Extra inputs are not permitted [type=extra_forbidden]',
    ),
    1,
    'bad-arguments',
    'extra_llm_api_options',
  ],
  [
    'an unknown model',
    worker('ValueError: Unknown architecture for AutoModelForCausalLM: GraniteForCausalLM'),
    1,
    'unsupported-model',
    'release',
  ],
  ['no room for the weights', memory('Model'), 1, 'out-of-memory', 'trtllm.tp_size'],
  ['no room for the cache', memory('KV cache'), 1, 'kv-cache-memory', 'free_gpu_memory_fraction'],
  [
    'no room to find out how large the cache may be',
    memory('Initial KV Cache (temporary for KV cache size estimation)'),
    1,
    'kv-cache-memory',
    'max_num_tokens',
  ],
  [
    'no room for the model that guesses',
    memory('Draft model for speculative decoding'),
    1,
    'out-of-memory',
    'speculative_config',
  ],
  ['no room for something else', memory('Sampler'), 1, 'out-of-memory', 'max_seq_len'],
  [
    'too few GPUs',
    main('RuntimeError: Only 1 GPUs are available, but 2 are required.'),
    1,
    'too-few-gpus',
    'devices',
  ],
  ['no GPU', main('ValueError: No GPU devices found on the node'), 1, 'no-gpu', 'devices'],
  [
    'no room for workers',
    main('There are not enough slots available in the system to satisfy the 2 slots that were requested'),
    1,
    'communication',
    'MPI',
  ],
  [
    'GPUs that cannot talk',
    worker('Executor creation failed with NCCL error: Failed, NCCL error /src/ncclUtils.cpp:10'),
    1,
    'communication',
    'allreduce_strategy',
  ],
  [
    'half an installation',
    main('ImportError: error while loading shared libraries: libnvinfer.so.10: cannot open'),
    1,
    'missing-executable',
    'container',
  ],
  [
    'an old driver',
    main('RuntimeError: The NVIDIA driver on your system is too old (found version 12020).'),
    1,
    'driver-mismatch',
    'driver',
  ],
  [
    'a gated model',
    main(
      'huggingface_hub.errors.GatedRepoError: 403 Client Error.\nCannot access gated repo for url https://huggingface.co/org/m/resolve/main/config.json.',
    ),
    1,
    'gated-model',
    'HF_TOKEN',
  ],
  [
    'a port that is taken',
    main('RuntimeError: Failed to bind socket to localhost:8000: [Errno 98] Address already in use'),
    1,
    'port-in-use',
    '',
  ],
  ['a full disk', main('OSError: [Errno 28] No space left on device'), 1, 'disk-full', ''],
  ['a worker that fails for another reason', worker('KeyError: 42'), 1, 'engine-error', 'engine.log'],
])('makes of %s the right class', (_, log, code, failureClass, remedy) => {
  const found = diagnoseExit({ code, signal: null }, log);
  expect(found?.class).toBe(failureClass);
  expect(found?.remedy).toContain(remedy);
});

test('shows the line at fault', () => {
  expect(diagnoseExit(failed, memory('KV cache'))?.message).toContain(
    'The following component could not be created: KV cache',
  );
  expect(diagnoseExit(failed, usage('No such option: --x'))?.message).toContain('No such option: --x');
});

test('names the key of the options file that is refused, and why', () => {
  const log = main(
    'pydantic_core._pydantic_core.ValidationError: 2 validation errors for TorchLlmArgs\nkv_cache_config.dtype\n  Value error, kv_cache_config.dtype must be one of "auto" [type=value_error, input_value=\'x\']\nno_such_key\n  Extra inputs are not permitted',
  );
  expect(diagnoseExit(failed, log)).toMatchObject({
    class: 'bad-arguments',
    message:
      'The options file is refused: kv_cache_config.dtype: Value error, kv_cache_config.dtype must be one of "auto".',
  });
});

test('knows nothing of a log that says nothing', () => {
  expect(
    diagnoseExit({ code: 0, signal: null }, 'INFO: Application startup complete.\nthe bloom model'),
  ).toBeNull();
});
