/** Why an engine ended, from its log: whatever that holds, it costs no study. */
import type { FailureCause, ServiceExit } from '@llem/core';
import { deepFrozen, demandPlain, demandSame, shortened } from '../package/plain.js';
import { demand, type Rule } from '../rule.js';
import type { BackendSubject } from './subject.js';

const EXITS: readonly ServiceExit[] = [
  { code: 0, signal: null },
  { code: 1, signal: null },
  { code: 137, signal: null },
  { code: -1, signal: null },
  { code: 3_221_225_477, signal: null },
  { code: null, signal: 'SIGKILL' },
  { code: null, signal: 'SIGSEGV' },
  { code: null, signal: null },
  {
    code: null,
    signal: 'SIGKILL',
    cause: { class: 'out-of-memory', message: 'It was killed.', remedy: 'Give it more.' },
  },
].map(deepFrozen);

/** What engines of all kinds write when they fail, so that what a diagnosis says is looked at. */
const TELLING = [
  'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.',
  'RuntimeError: CUDA error: out of memory',
  "OSError: [Errno 98] Address already in use: ('0.0.0.0', 8000)",
  'bind: Address already in use',
  'error: unrecognized arguments: --a-flag',
  'failed to load model',
  'error loading model: unknown model architecture',
  'ModuleNotFoundError: No module named vllm',
  '401 Client Error: Unauthorized. Cannot access gated repo for url',
  'No available memory for the cache blocks. Try increasing gpu_memory_utilization',
  "nvidia-smi has failed because it couldn't communicate with the NVIDIA driver",
  'Illegal instruction (core dumped)',
];

/** Of a log: enough for a pattern that goes back to take minutes. */
const HUGE_BYTES = 2 * 1024 * 1024;

const logs = (): readonly string[] => [
  '',
  '\n',
  ...TELLING,
  TELLING.join('\n'),
  Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 197) % 256)).toString('latin1'),
];

/** One line without an end, many lines, and much of what a pattern may begin with. */
const hugeLogs = (): readonly string[] => [
  'x'.repeat(HUGE_BYTES),
  ' '.repeat(HUGE_BYTES),
  'error: '.repeat(HUGE_BYTES / 7),
  'INFO 2026-01-01 a line as engines write them, of some length\n'.repeat(HUGE_BYTES / 60),
];

/** Longest that a log of 2 MB may take, in ms, on a machine that others use too. */
const HUGE_LIMIT_MS = 3_000;

/** Null where it throws, which a rule of its own tells. */
function diagnosed({ backend }: BackendSubject, exit: ServiceExit, log: string): FailureCause | null {
  try {
    return backend.diagnose(exit, log);
  } catch {
    return null;
  }
}

export const DIAGNOSIS_RULES: readonly Rule<BackendSubject>[] = [
  {
    id: 'backend.diagnose.total',
    title: '`diagnose` throws nothing, whatever the exit and the log',
    check: (subject) => {
      for (const exit of EXITS) {
        for (const log of logs()) {
          try {
            subject.backend.diagnose(exit, log);
          } catch (error) {
            throw new Error(
              `\`diagnose\` throws ${String(error)} for ${shortened(exit)} and the log ${shortened(log, 80)}. Return null where nothing is recognised.`,
              { cause: error },
            );
          }
        }
      }
      return Promise.resolve();
    },
  },
  {
    id: 'backend.diagnose.words',
    title: 'a diagnosis has a class, a message and a remedy',
    check: (subject) => {
      for (const exit of EXITS) {
        for (const log of logs()) {
          const cause = diagnosed(subject, exit, log);
          demandPlain('What `diagnose` gives', cause);
          demand(
            cause === null ||
              (typeof cause === 'object' &&
                /^[a-z][a-z0-9-]*$/.test(cause.class) &&
                [cause.message, cause.remedy].every(
                  (text) => typeof text === 'string' && text.trim() !== '',
                )),
            () =>
              `\`diagnose\` gives ${shortened(cause)} for the log ${shortened(log, 80)}. Give a class such as out-of-memory, a message, and what to do; or null.`,
          );
        }
      }
      return Promise.resolve();
    },
  },
  {
    id: 'backend.diagnose.same',
    title: '`diagnose` gives the same for the same log',
    check: (subject) => {
      for (const exit of EXITS)
        for (const log of logs())
          demandSame('What `diagnose` gives', diagnosed(subject, exit, log), diagnosed(subject, exit, log));
      return Promise.resolve();
    },
  },
  {
    id: 'backend.diagnose.quick',
    title: '`diagnose` reads a log of 2 MB in seconds',
    check: (subject) => {
      for (const log of hugeLogs()) {
        const startMs = performance.now();
        diagnosed(subject, { code: 1, signal: null }, log);
        const tookMs = performance.now() - startMs;
        demand(
          tookMs < HUGE_LIMIT_MS,
          () =>
            `\`diagnose\` takes more than ${HUGE_LIMIT_MS / 1_000} s for 2 MB of ${shortened(log, 40)}. Look line by line, with patterns that do not go back.`,
        );
      }
      return Promise.resolve();
    },
  },
];
