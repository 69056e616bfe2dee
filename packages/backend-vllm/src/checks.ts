/** Whether vLLM can run on this machine, as the study is going to start it. */
import type { Check, ServicePlace } from '@llem/core';
import { executableCheck, flagsCheck, usedExtraFlags, usedFlags } from '@llem/serving';
import { OPTION_TABLE, type VllmOptions } from './options.js';

/** Of an image and of a server that runs already nothing is known beforehand. */
export function checksFor(options: VllmOptions, place: ServicePlace): readonly Check[] {
  if (place !== 'process') return [];
  return [
    executableCheck('vllm', options.executable, 'vllm', 'Install it (pip install vllm)'),
    flagsCheck({
      section: 'vllm',
      executable: options.executable,
      program: 'vllm',
      // Without a group it lists the groups alone; older releases know no groups.
      helpArguments: [
        ['serve', '--help=all'],
        ['serve', '--help'],
      ],
      eitherSeparator: true,
      versionArguments: ['--version'],
      used: [...usedFlags('vllm', OPTION_TABLE, options), ...usedExtraFlags('vllm', options.extra)],
    }),
  ];
}
