/** LoRA: adapters beside the model, and the one that requests ask for. */
import type { OptionTable } from '@llem/serving';
import { z } from 'zod';
import { flag, mappingOf, positive, share, text, whole } from './values.js';

const group = 'LoRA';

export const LORA = {
  lora_dir: {
    schema: z.array(text).min(1),
    group,
    about:
      'Folders of adapters. Without it and lora_target_modules room is taken for every module there is. Default: none.',
  },
  lora_target_modules: {
    schema: z.array(text).min(1),
    group,
    about:
      "Modules that adapters may change, as the engine calls them: attn_q, attn_k, attn_v. Default: the adapters' own.",
  },
  max_lora_rank: {
    schema: positive,
    group,
    about: 'Largest rank of an adapter; memory is taken for it. Default: 64.',
  },
  max_loras: {
    schema: positive,
    group,
    about: 'Adapters on the GPU at once. Default: as peft_cache_config has room.',
  },
  max_cpu_loras: {
    schema: positive,
    group,
    about: 'Adapters in host memory at once. Default: as peft_cache_config has room.',
  },
  lora_ckpt_source: {
    schema: z.enum(['hf', 'nemo']),
    group,
    about: 'Format of the adapters. Default: hf.',
  },
} as const satisfies OptionTable;

export const PEFT_CACHE = {
  device_cache_percent: {
    schema: share,
    group,
    about: 'Share of the free GPU memory for adapters. Default: 0.02.',
  },
  host_cache_size: {
    schema: whole,
    group,
    about: 'Bytes of host memory for adapters. Default: 1 GiB.',
  },
} as const satisfies OptionTable;

export const ADAPTERS = {
  enable_lora: {
    schema: flag,
    flag: null,
    group,
    about: 'Makes room for adapters; without a meaning beside lora_config. Default: false.',
  },
  lora_config: {
    schema: mappingOf(LORA),
    flag: null,
    group,
    about: 'Adapters that may be used: every step does their work too.',
  },
  peft_cache_config: {
    schema: mappingOf(PEFT_CACHE),
    flag: null,
    group,
    about: 'Room for adapters.',
  },
} as const satisfies OptionTable;

/** The adapter that every request asks for, as the engine's interface has it. */
export const loraRequest = z
  .strictObject({
    lora_name: text.describe('A name of its own.'),
    lora_int_id: whole.describe('A number of its own.'),
    lora_path: text.describe('Folder of the adapter.'),
  })
  .describe(
    'Adapter that every request asks for; needs lora_config or enable_lora. Without it requests use none, and lora_config costs all the same. Default: none.',
  );
