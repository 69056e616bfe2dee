/** Options of the file by which the engine observes itself. */
import type { OptionTable } from '@llem/serving';
import { z } from 'zod';
import { flag } from './values.js';

export const OBSERVATION = {
  enable_energy_metrics: {
    schema: flag,
    flag: null,
    group: 'Other',
    versions: '>=1.3',
    about:
      'The engine reads the energy counters of its GPUs as well, at /energy_metrics: a second opinion, and one more reader. Default: false.',
  },
  print_iter_log: {
    schema: flag,
    flag: null,
    group: 'Other',
    about: 'A line in the log for every step; it takes time. Default: false.',
  },
  sampler_type: {
    schema: z.enum(['auto', 'TorchSampler', 'TRTLLMSampler']),
    flag: null,
    group: 'Other',
    versions: '>=1.1 <1.4',
    about: 'What draws tokens. TRTLLMSampler is the one in C++, gone in 1.4. Default: auto.',
  },
} as const satisfies OptionTable;
