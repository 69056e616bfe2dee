/** Options that are flags of `trtllm-serve serve`, under the names that every release since 1.0 has. */
import type { OptionTable } from '@llem/serving';
import { z } from 'zod';
import { flag, positive, text, whole } from './values.js';

export const FLAGS = {
  backend: {
    schema: z.enum(['pytorch', '_autodeploy', 'tensorrt']),
    flag: 'backend',
    group: 'Model',
    about:
      'What runs the model. `_autodeploy` exports it by itself and is a prototype. `tensorrt`, engines built ahead, is gone since 1.3.0rc21, from the official image too. Default: pytorch.',
  },
  tokenizer: {
    schema: text,
    flag: 'tokenizer',
    group: 'Model',
    about: "Path or name of another tokenizer than the model's own. Default: the model's.",
  },
  trust_remote_code: {
    schema: flag,
    flag: 'trust_remote_code',
    form: 'switch',
    group: 'Model',
    about: "Runs Python code that comes with the model, with the engine's rights. Default: false.",
  },
  chat_template: {
    schema: text,
    flag: 'chat_template',
    group: 'Model',
    versions: '>=1.2',
    about: "Path of a chat template, or its text, in place of the model's own. Default: the model's.",
  },
  tp_size: {
    schema: positive,
    flag: 'tp_size',
    group: 'Parallelism',
    about:
      'GPUs that share every layer. More make a request faster and cost communication in every layer. Default: 1.',
  },
  pp_size: {
    schema: positive,
    flag: 'pp_size',
    group: 'Parallelism',
    about:
      'Groups of GPUs that have successive layers. Little communication; GPUs wait for each other where few requests are in flight. Default: 1.',
  },
  cp_size: {
    schema: positive,
    flag: 'cp_size',
    group: 'Parallelism',
    versions: '>=1.2',
    about: 'GPUs that share the context of a request, for very long ones; see cp_config. Default: 1.',
  },
  ep_size: {
    schema: positive,
    flag: 'ep_size',
    group: 'Parallelism',
    about:
      'GPUs that the experts of a mixture of experts are spread over; a divisor of tp_size, the rest shares each expert. Default: 1.',
  },
  max_batch_size: {
    schema: positive,
    flag: 'max_batch_size',
    group: 'Scheduling',
    about:
      'Most requests in one step; the others queue. More give more tokens per second and fewer joules per token, need more memory and make each request slower. Default: 2048.',
  },
  max_num_tokens: {
    schema: positive,
    flag: 'max_num_tokens',
    group: 'Scheduling',
    about:
      'Most tokens in one step, of prompts and answers together. Larger steps read prompts with fewer joules and hold up running answers longer; buffers grow with it. Longer prompts are refused unless enable_chunked_prefill is set. Default: 8192.',
  },
  max_seq_len: {
    schema: positive,
    flag: 'max_seq_len',
    group: 'Scheduling',
    about:
      "Longest request, prompt and answer together, in tokens. Buffers grow with it. Default: what the model's configuration says.",
  },
  enable_chunked_prefill: {
    schema: flag,
    flag: 'enable_chunked_prefill',
    form: 'switch',
    group: 'Scheduling',
    about:
      'Reads long prompts in pieces beside running answers: smoother gaps between tokens, some more work. Default: false.',
  },
  num_postprocess_workers: {
    schema: whole,
    flag: 'num_postprocess_workers',
    group: 'Other',
    about:
      'Processes that turn tokens into text. At high rates one thread of Python holds up the GPU; more processes draw more power on the host. Default: 0, in the server itself.',
  },
  reasoning_parser: {
    schema: text,
    flag: 'reasoning_parser',
    group: 'Other',
    about:
      'Takes the reasoning out of the answers of a chat, as `deepseek-r1` or `qwen3` do; its tokens count all the same. Default: none.',
  },
  log_level: {
    schema: z.enum(['internal_error', 'error', 'warning', 'info', 'verbose', 'debug', 'trace']),
    flag: 'log_level',
    group: 'Other',
    about: 'How much the engine logs. Beyond info it takes time of its own. Default: info.',
  },
} as const satisfies OptionTable;
