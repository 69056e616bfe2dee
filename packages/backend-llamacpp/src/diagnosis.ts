/** Why an engine ended, from its exit and its log. */
import type { Failure, ServiceExit } from '@llem/core';
import { readFailureLine } from './engine/failure.js';
import type { LlamacppOptions } from './options.js';

type Diagnosis = Pick<Failure, 'class' | 'message' | 'remedy'>;

const REMEDIES = {
  'bad-model': 'Name another GGUF file, or download or convert this one again.',
  'unsupported-model':
    'Use a llama-server that knows this architecture (llamacpp.executable), or another model.',
  'port-in-use': 'Run it again: another port is chosen. If it comes back, look for what takes ports here.',
  'cannot-listen': 'Check the host that the runner listens on.',
  'out-of-memory':
    'Use fewer llamacpp.sequences, a smaller llamacpp.context, a smaller KV type or a smaller model.',
  'context-failed':
    'Use fewer llamacpp.sequences, a smaller llamacpp.context or another KV type, and check flash_attention.',
  'bad-arguments':
    'Compare llamacpp.extra and the other options with `--help` of this llama-server: its release may lack a flag.',
  'missing-executable':
    'Give the path of a llama-server in llamacpp.executable, or leave it out for the embedded engine.',
  'engine-not-available':
    'Reinstall with optional dependencies, or name a llama-server in llamacpp.executable.',
  killed: 'Check the memory of this machine: the system kills what takes too much.',
  crashed: 'Run it again; if it comes back, report it with the log.',
  'engine-error': 'Run it again; if it comes back, report it with the log.',
} as const;

type FailureClass = keyof typeof REMEDIES;

const named = (failureClass: FailureClass, message: string): Diagnosis => ({
  class: failureClass,
  message,
  remedy: REMEDIES[failureClass],
});

/** The embedded engine's own classes as ours. */
const EMBEDDED: Readonly<Record<string, FailureClass>> = {
  'bad-arguments': 'bad-arguments',
  addon: 'engine-not-available',
  'bad-model': 'bad-model',
  context: 'context-failed',
  'port-in-use': 'port-in-use',
  'cannot-listen': 'cannot-listen',
  'engine-error': 'engine-error',
};

/** Whole phrases of llama.cpp's logs, the most telling first. */
const PHRASES: readonly (readonly [RegExp, FailureClass])[] = [
  [/unknown model architecture|unknown pre-tokenizer type/, 'unsupported-model'],
  [
    /cudaMalloc failed: out of memory|failed to allocate|std::bad_alloc|Cannot allocate memory/i,
    'out-of-memory',
  ],
  [/couldn't bind (?:HTTP )?server socket|Address already in use|EADDRINUSE/i, 'port-in-use'],
  [
    /error: invalid argument|error while handling argument|error: unknown argument|expected value for argument/,
    'bad-arguments',
  ],
  [/spawn .* ENOENT|command not found|No such file or directory: .*llama-server/, 'missing-executable'],
  [/spawn .* EACCES|Permission denied/, 'missing-executable'],
  [
    /failed to create context|failed to initialize the context|V cache quantization requires flash_attn/,
    'context-failed',
  ],
  [/invalid magic|failed to load model|error loading model/, 'bad-model'],
];

const SIGNALS: Readonly<Record<number, string>> = { 134: 'SIGABRT', 137: 'SIGKILL', 139: 'SIGSEGV' };

/** The line of a log that a phrase was found in, without time stamps and the like. */
function lineAt(log: string, index: number): string {
  const start = log.lastIndexOf('\n', index) + 1;
  const end = log.indexOf('\n', index);
  return log
    .slice(start, end < 0 ? undefined : end)
    .replace(/^[\d.]+ [A-Z] +/, '')
    .trim()
    .slice(0, 300);
}

/** Pure; never throws. Null when nothing is recognised. */
export function diagnoseExit(options: LlamacppOptions, exit: ServiceExit, log: string): Diagnosis | null {
  const who = options.executable === null ? 'The embedded engine' : options.executable;
  for (const [phrase, failureClass] of PHRASES.slice(0, 2)) {
    const found = phrase.exec(log);
    if (found) return named(failureClass, `${who}: ${lineAt(log, found.index)}`);
  }
  const own = readFailureLine(log);
  const ownClass = own && EMBEDDED[own.engineClass];
  if (own && ownClass) return named(ownClass, `${who}: ${own.message}`);
  for (const [phrase, failureClass] of PHRASES) {
    const found = phrase.exec(log);
    if (found) return named(failureClass, `${who}: ${lineAt(log, found.index)}`);
  }
  if (exit.code === 127 || exit.code === 126) {
    return named('missing-executable', `${who} could not be started (exit code ${exit.code}).`);
  }
  const signal = exit.signal ?? SIGNALS[exit.code ?? 0];
  if (signal === 'SIGKILL') return named('killed', `${who} was killed from outside.`);
  if (signal === 'SIGSEGV' || signal === 'SIGABRT' || signal === 'SIGILL' || signal === 'SIGBUS') {
    return named('crashed', `${who} crashed (${signal}).`);
  }
  return null;
}
