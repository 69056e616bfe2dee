/** Whether trtllm-serve can run on this machine, and knows what it is going to be given. */
import { isJsonObject, type Check, type ServicePlace } from '@llem/core';
import {
  executableCheck,
  flagsCheck,
  usedExtraFlags,
  usedFlags,
  type CheckedOption,
  type OptionTable,
  type OptionValues,
} from '@llem/serving';
import { FILE_KEYS, FLAGS, MAPPINGS, type TrtllmOptions } from './options.js';
import { PROGRAM } from './service.js';

const INSTALL = 'Install TensorRT-LLM (`pip install tensorrt_llm`, with CUDA and MPI)';

/** Of a process alone: into an image, or another machine, nobody can look from here. */
export function checksFor(options: TrtllmOptions, place: ServicePlace): readonly Check[] {
  if (place !== 'process') return [];
  const { executable } = options;
  return [
    executableCheck('trtllm', executable, PROGRAM, INSTALL),
    flagsCheck({
      section: 'trtllm',
      executable,
      program: PROGRAM,
      helpArguments: [['serve', '--help']],
      // It has no flag for it, and writes it before whatever it is asked for.
      versionArguments: null,
      used: [
        { path: 'trtllm', flag: '--extra_llm_api_options', versions: null },
        ...usedFlags('trtllm', FLAGS, options),
        ...usedExtraFlags('trtllm', options.extra),
        ...usedKeys('trtllm', FILE_KEYS, options),
      ],
    }),
  ];
}

/** Keys of the options file that are set, those inside of mappings too: of them the release alone tells. */
function usedKeys(section: string, table: OptionTable, values: OptionValues): CheckedOption[] {
  return Object.entries(table).flatMap(([name, { versions }]) => {
    const value = values[name];
    if (value === undefined) return [];
    const path = `${section}.${name}`;
    const inner = MAPPINGS[name];
    return [
      { path, flag: null, versions: versions ?? null },
      ...(inner && isJsonObject(value) ? usedKeys(path, inner, value) : []),
    ];
  });
}
