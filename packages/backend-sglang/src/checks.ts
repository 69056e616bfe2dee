/** Whether SGLang can run on this machine, as the study is going to start it. */
import type { Check, ServicePlace } from '@llem/core';
import {
  commandFor,
  executableCheck,
  flagsCheck,
  usedExtraFlags,
  usedFlags,
  type CheckedOption,
} from '@llem/serving';
import { OPTION_TABLE, type SglangOptions } from './options.js';
import { PROGRAM, serveWith } from './service.js';

const PYTHON_VERSION = ['-c', 'from sglang.version import __version__; print(__version__)'];

/** Of an image and of a server that runs already nothing is known beforehand. */
export function checksFor(options: SglangOptions, place: ServicePlace): readonly Check[] {
  if (place !== 'process') return [];
  const { executable } = options;
  const serve = serveWith(commandFor(executable, PROGRAM));
  const isPython = serve[0] === '-m';
  return [
    executableCheck('sglang', executable, PROGRAM, 'Install it (pip install sglang)'),
    flagsCheck({
      section: 'sglang',
      executable,
      program: PROGRAM,
      helpArguments: [[...serve, '--help']],
      versionArguments: isPython ? PYTHON_VERSION : ['version'],
      used: usedOptions(options),
    }),
  ];
}

function usedOptions(options: SglangOptions): CheckedOption[] {
  const adapters = Object.keys(options.lora_paths ?? {}).length > 0;
  return [
    ...usedFlags('sglang', OPTION_TABLE, options),
    ...(adapters ? [{ path: 'sglang.lora_paths', flag: '--lora-paths', versions: null }] : []),
    ...usedExtraFlags('sglang', options.extra),
  ];
}
