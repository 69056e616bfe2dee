/** How the engine says why it ends: one line on stderr with a class that `diagnose` reads back. */

export type EngineFailureClass =
  'bad-arguments' | 'addon' | 'bad-model' | 'context' | 'port-in-use' | 'cannot-listen' | 'engine-error';

export interface EngineError extends Error {
  readonly engineClass: EngineFailureClass;
}

const reason = (cause: unknown) => (cause instanceof Error ? `: ${cause.message}` : '');

export function engineError(engineClass: EngineFailureClass, message: string, cause?: unknown): EngineError {
  return Object.assign(new Error(`${message}${reason(cause)}`, { cause }), { engineClass });
}

function isEngineError(error: unknown): error is EngineError {
  return error instanceof Error && 'engineClass' in error;
}

/** `llem-engine: error [bad-model]: ...`, always one line. */
export function failureLine(error: unknown): string {
  const engineClass = isEngineError(error) ? error.engineClass : 'engine-error';
  const message = error instanceof Error ? error.message : String(error);
  return `llem-engine: error [${engineClass}]: ${message.replaceAll(/\s*\n\s*/g, ' ')}`;
}

/** The class and message of such a line in a log; null when there is none. */
export function readFailureLine(log: string): { engineClass: string; message: string } | null {
  const found = /^llem-engine: error \[([a-z-]+)\]: (.*)$/m.exec(log);
  return found?.[1] !== undefined && found[2] !== undefined
    ? { engineClass: found[1], message: found[2] }
    : null;
}
