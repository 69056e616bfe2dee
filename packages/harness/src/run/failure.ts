/** Why a run failed, from whatever was thrown. */
import { isLlemError, type Backend, type Failure, type Phase, type ServiceExit } from '@llem/core';
import { tailOf } from '../service/log.js';
import { isEngineEnded } from './guard.js';

const TYPE_OF: Readonly<Record<Phase, Failure['type']>> = {
  gap: 'internal',
  prepare: 'prepare',
  'idle-bare': 'idle',
  start: 'start',
  settle: 'idle',
  'idle-loaded': 'idle',
  search: 'search',
  warmup: 'warmup',
  window: 'window',
  drain: 'drain',
  stop: 'stop',
};

/** `log` is the engine's output so far. */
export function failureOf(error: unknown, phase: Phase, backend: Backend, log: string): Failure {
  const common = { type: TYPE_OF[phase], logTail: tailOf(log) };
  if (isEngineEnded(error)) {
    const { code, signal } = error.exit;
    const how = signal === null ? `with exit code ${code ?? 'unknown'}` : `by ${signal}`;
    // What the runner knows is a fact; what the log says is read out of it.
    const cause = error.exit.cause ?? diagnose(backend, error.exit, log);
    return {
      ...common,
      class: cause?.class ?? (phase === 'start' ? 'start-exit' : 'engine-exit'),
      message: cause?.message ?? `The engine ended by itself ${how}.`,
      remedy: cause?.remedy ?? 'Read engine.log in the folder of the run.',
    };
  }
  if (isLlemError(error)) {
    return {
      ...common,
      class: error.failureClass ?? error.code,
      message: error.message,
      remedy: error.remedy,
    };
  }
  return {
    ...common,
    class: 'internal',
    message: error instanceof Error ? error.message : String(error),
    remedy: 'This is a defect of llem: run again with --debug and report it.',
  };
}

/** A plugin's diagnosis is a help; one that throws must not cost the record. */
function diagnose(backend: Backend, exit: ServiceExit, log: string): ReturnType<Backend['diagnose']> {
  try {
    return backend.diagnose(exit, log);
  } catch {
    return null;
  }
}
