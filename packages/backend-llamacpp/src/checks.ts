/** Whether the engine can run on this machine. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { failed, ok, type Check } from '@llem/core';
import { findExecutable } from '@llem/serving';
import { z } from 'zod';
import { readFailureLine } from './engine/failure.js';
import type { LlamacppOptions } from './options.js';
import { ENGINE_PROGRAM } from './service.js';

const run = promisify(execFile);

const loadedSchema = z.object({
  packageName: z.string(),
  packageVersion: z.string(),
  llamaCpp: z.string().nullable(),
  cpuVariants: z.array(z.string()),
});

const REMEDY =
  'Reinstall with optional dependencies (prebuilt for Linux and macOS on x64 and arm64, Windows on x64; glibc, not musl), or name a llama-server in llamacpp.executable.';

/** Loads the addon in a process of its own: one that crashes takes nothing with it. */
const embeddedCheck: Check = {
  id: 'llamacpp.embedded',
  title: 'llama.cpp, embedded engine',
  async run(signal) {
    try {
      const { stdout } = await run(process.execPath, [ENGINE_PROGRAM, '--check'], {
        signal,
        timeout: 30_000,
      });
      const found = loadedSchema.parse(JSON.parse(stdout));
      const release = found.llamaCpp === null ? '' : `, llama.cpp ${found.llamaCpp}`;
      const variants = found.cpuVariants.join(', ') || 'unknown';
      return ok(`${found.packageName} ${found.packageVersion} loads${release}, CPU variant ${variants}.`);
    } catch (error) {
      const told = z.object({ stderr: z.string() }).safeParse(error);
      const own = told.success ? readFailureLine(told.data.stderr) : null;
      const message = own?.message ?? (error instanceof Error ? error.message : String(error));
      return failed(`The embedded engine does not run: ${message}.`, REMEDY);
    }
  },
};

const serverCheck = (name: string): Check => ({
  id: 'llamacpp.executable',
  title: 'llama.cpp, llama-server',
  async run() {
    const path = await findExecutable(name, 'llama-server');
    if (path !== null) return ok(`${path} can be run.`);
    return failed(
      `There is no executable file "${name}".`,
      'Give the path of a llama-server in llamacpp.executable, or leave it out for the embedded engine.',
    );
  },
});

export const checksFor = (options: LlamacppOptions): readonly Check[] =>
  options.executable === null ? [embeddedCheck] : [serverCheck(options.executable)];
