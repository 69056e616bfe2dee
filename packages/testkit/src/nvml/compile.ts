/** Compiles the simulated NVML with the machine's compiler. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { controlHeader, NVML_CALLS, type NvmlCall } from './layout.js';

/** The C sources are beside this file's source; they are shipped as they are. */
const SOURCES = fileURLToPath(new URL('../../src/nvml/', import.meta.url));
const PARTS = ['session.c', 'physics.c', 'identity.c', 'readings.c', 'state.c'];
const COMPILERS = ['cc', 'gcc', 'clang'];

export interface CompileOptions {
  /** Functions that the library is not to have, as an older or a newer driver's. */
  readonly without?: readonly NvmlCall[];
}

/**
 * Compiles `libnvidia-ml.so.1` into a folder and returns its path. Linux only. Throws where there is no compiler, and what the
 * compiler says where it fails.
 */
export function compileSimulatedNvml(folder: string, { without = [] }: CompileOptions = {}): string {
  const library = join(folder, 'libnvidia-ml.so.1');
  const exported = NVML_CALLS.filter((name) => !without.includes(name));
  writeFileSync(join(folder, 'control.h'), controlHeader());
  writeFileSync(
    join(folder, 'exports.map'),
    `{ global: ${exported.map((name) => `${name};`).join(' ')} local: *; };\n`,
  );
  compile([
    ...['-shared', '-fPIC', '-O2', '-std=gnu11', '-Wall', '-Wextra', '-Werror', '-o', library],
    ...['-I', folder, '-I', SOURCES, `-Wl,--version-script=${join(folder, 'exports.map')}`],
    ...PARTS.map((part) => join(SOURCES, part)),
    ...['-lm', '-lpthread'],
  ]);
  return library;
}

function compile(args: readonly string[]): void {
  for (const compiler of COMPILERS) {
    try {
      execFileSync(compiler, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  throw new Error(
    `The simulated NVML is compiled by the test, and none of ${COMPILERS.join(', ')} is here. Install a C compiler (Debian: apt-get install gcc libc6-dev).`,
  );
}
