/** Why an engine ended, from its exit and its log. */
import type { ServiceExit } from '@llem/core';
import { diagnoseExit as endedHow, findPhrase, type Diagnosis, type Phrase } from '@llem/serving';
import { readFailureLine } from './engine/failure.js';
import type { LlamacppOptions } from './options.js';

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

const phrase = (pattern: RegExp, failureClass: FailureClass): Phrase => ({
  pattern,
  class: failureClass,
  remedy: REMEDIES[failureClass],
});

/** What tells more than the embedded engine's own last words. */
const TELLING: readonly Phrase[] = [
  phrase(/unknown model architecture|unknown pre-tokenizer type/, 'unsupported-model'),
  phrase(
    /cudaMalloc failed: out of memory|failed to allocate|std::bad_alloc|Cannot allocate memory/i,
    'out-of-memory',
  ),
];

/** Whole phrases of llama.cpp's logs, the most telling first. */
const PHRASES: readonly Phrase[] = [
  phrase(/couldn't bind (?:HTTP )?server socket|Address already in use|EADDRINUSE/i, 'port-in-use'),
  phrase(
    /error: invalid argument|error while handling argument|error: unknown argument|expected value for argument/,
    'bad-arguments',
  ),
  phrase(/spawn .* ENOENT|command not found|No such file or directory: .*llama-server/, 'missing-executable'),
  phrase(/spawn .* EACCES|Permission denied/, 'missing-executable'),
  phrase(
    /failed to create context|failed to initialize the context|V cache quantization requires flash_attn/,
    'context-failed',
  ),
  phrase(/invalid magic|failed to load model|error loading model/, 'bad-model'),
];

/** Pure; never throws. Null when nothing is recognised. */
export function diagnoseExit(options: LlamacppOptions, exit: ServiceExit, log: string): Diagnosis | null {
  const who = options.executable === null ? 'The embedded engine' : options.executable;
  const inLog = findPhrase(TELLING, log) ?? ownWords(log) ?? findPhrase(PHRASES, log);
  if (inLog !== null) return { ...inLog, message: `${who}: ${inLog.message}` };
  const ended = endedHow(exit, who);
  if (ended === null) return null;
  // What the exit tells has a remedy of ours where there is one.
  const remedies = new Map<string, string>(Object.entries(REMEDIES));
  return { ...ended, remedy: remedies.get(ended.class) ?? ended.remedy };
}

function ownWords(log: string): Diagnosis | null {
  const own = readFailureLine(log);
  const ownClass = own && EMBEDDED[own.engineClass];
  return own && ownClass ? { class: ownClass, message: own.message, remedy: REMEDIES[ownClass] } : null;
}
