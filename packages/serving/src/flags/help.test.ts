import { expect, it } from 'vitest';
import { flagsInHelp } from './help.js';

const sorted = (text: string) => [...flagsInHelp(text)].sort();

it('finds the flags of argparse: aliases, pairs, values in braces, groups', () => {
  const text = `INFO 11-26 21:00:00 [__init__.py:12] Using a platform --of-some-kind.
usage: vllm serve [model_tag] [-h] [--headless] [--max-model-len MAX_MODEL_LEN]
                  [--enable-x | --no-enable-x]

positional arguments:
  model_tag             The model tag --not-a-flag.

options:
  -h, --help            show this help message and exit
  --headless            Run without a front.
                        --also-described is no flag

ModelConfig:
  A group about --nothing at all.

  --dtype {auto,bfloat16}
                        Type of data. (default: auto)
  --tensor-parallel-size TENSOR_PARALLEL_SIZE, -tp TENSOR_PARALLEL_SIZE
                        Ranks, see --pipeline.
  --compilation-config COMPILATION_CONFIG, -cc COMPILATION_CONFIG
  --lora-modules [{name=path} ...]  Short, and --more of it.
`;
  expect(sorted(text)).toEqual(
    [
      ...['-h', '--help', '--headless', '--max-model-len', '--enable-x', '--no-enable-x', '--dtype', '-tp'],
      ...['--tensor-parallel-size', '--compilation-config', '-cc', '--lora-modules'],
    ].sort(),
  );
});

it('finds the flags of click', () => {
  const text = `[TensorRT-LLM] TensorRT LLM version: 1.3.0rc24
Usage: trtllm-serve serve [OPTIONS] MODEL

  Running a server; see --elsewhere.

Options:
  --tokenizer TEXT                Path of it.
  --kv_cache_free_gpu_memory_fraction, --free_gpu_memory_fraction FLOAT
                                  A fraction after
                                  --weights have been loaded.
  --enable_chunked_prefill        Enable it
  --backend [pytorch|tensorrt]    One.
  --help                          Show this message and exit.
`;
  expect(sorted(text)).toEqual(
    [
      ...['--tokenizer', '--kv_cache_free_gpu_memory_fraction', '--free_gpu_memory_fraction'],
      ...['--enable_chunked_prefill', '--backend', '--help'],
    ].sort(),
  );
});

it('reads through colours and the line ends of other systems', () => {
  expect(sorted('usage: x\r\n\r\noptions:\r\n  \u001b[1;36m--a-b\u001b[0m \u001b[33mA\u001b[0m\r\n')).toEqual(
    ['--a-b'],
  );
});

it('finds none in what is no help', () => {
  expect(sorted('Traceback (most recent call last):\nModuleNotFoundError: No module named x')).toEqual([]);
});
