/** What people and programs are shown when a command fails. */
import { ERRORS, exitCodeOf, isLlemError, llemError, type LlemError } from '@llem/core';
import { z } from 'zod';
import { hang, WIDTH } from '../terminal/text.js';
import { explainUnknownCommand } from './unknown-command.js';

/** A failure, ready to be shown. */
export interface FailureNotice {
  readonly code: LlemError['code'];
  /** What happened and where. */
  readonly message: string;
  readonly remedy: string;
  readonly exitCode: number;
  /** A command that ends itself (`--help`) has nothing to say. */
  readonly silent: boolean;
}

/** The part of oclif's errors that is told apart: a wrong flag, an unknown command, a plain exit. */
const oclifErrorSchema = z.looseObject({
  message: z.string(),
  code: z.string().optional(),
  suggestions: z.array(z.string()).optional(),
  oclif: z.looseObject({ exit: z.number().optional() }),
});

/** Names whatever was thrown. Total. */
export function noticeOf(error: unknown): FailureNotice {
  if (isLlemError(error)) {
    return {
      code: error.code,
      message: error.message,
      remedy: error.remedy,
      exitCode: exitCodeOf(error),
      silent: false,
    };
  }
  const fromOclif = oclifErrorSchema.safeParse(shapeOf(error));
  if (fromOclif.success) return noticeOfUsage(fromOclif.data);
  return {
    code: 'LLEM_E_UNEXPECTED',
    message: firstLine(error instanceof Error ? error.message || error.name : String(error)),
    remedy:
      'This is a bug in llem or in one of its plugins. Run the command again with --debug and report what it prints.',
    exitCode: exitCodeOf(error),
    silent: false,
  };
}

function noticeOfUsage(error: z.output<typeof oclifErrorSchema>): FailureNotice {
  const command = /^command (\S+) not found\.?$/i.exec(error.message)?.[1];
  if (command !== undefined) {
    return {
      code: 'LLEM_E_USAGE',
      ...explainUnknownCommand(command),
      exitCode: ERRORS.LLEM_E_USAGE,
      silent: false,
    };
  }
  // oclif closes the messages of its parser with a pointer to the help, which is the remedy here.
  const message = error.message
    .replace(/\n?See more help with --help\s*$/, '')
    .replace(/^The following errors? occurred:\s*/, '')
    .trimEnd();
  return {
    code: 'LLEM_E_USAGE',
    message: message.replace(/^Nonexistent flag/, 'unknown flag'),
    remedy: error.suggestions?.join(' ') ?? 'Run the same command with --help to see what it takes.',
    exitCode: error.oclif.exit ?? ERRORS.LLEM_E_USAGE,
    silent: error.code === 'EEXIT',
  };
}

/** What zod looks at: it takes no class instances for plain objects. */
function shapeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return null;
  const of = (key: string): unknown => Reflect.get(error, key);
  return { message: error.message, code: of('code'), suggestions: of('suggestions'), oclif: of('oclif') };
}

/** The command waits for an answer, and nothing is left in the process that could give it. */
export function nothingLeft(): Error {
  return llemError('LLEM_E_UNEXPECTED', 'The command waits for something that can no longer happen.', {
    remedy:
      'This is a bug in llem or in one of its plugins, which promised an answer and forgot it. Run the command without the plugin that you suspect, and tell its author.',
  });
}

/** The answer of the command did not get to where it was sent. */
export function lostOutput(cause: Error): Error {
  return llemError('LLEM_E_STORE', `Standard output could not be written: ${cause.message}.`, {
    remedy:
      'Send it somewhere with room and run the command again. What a study measured is in its result directory: `llem results show`.',
    cause,
  });
}

/** Shows a failure and returns the exit code. */
export function reportFailure(
  error: unknown,
  output: {
    readonly debug: boolean;
    readonly json: boolean;
    readonly stdout: NodeJS.WritableStream;
    readonly stderr: NodeJS.WritableStream;
    /** Where a terminal shows it: how wide that is. */
    readonly columns?: number;
  },
): number {
  const notice = noticeOf(error);
  if (notice.silent) return notice.exitCode;
  if (output.json) {
    const { code, message, remedy } = notice;
    output.stdout.write(`${JSON.stringify({ type: 'error', code, message, remedy })}\n`);
  }
  const text = `error: ${notice.message}\n  what to do: ${notice.remedy}`;
  output.stderr.write(
    `${output.columns === undefined ? text : hang(text, Math.min(WIDTH, output.columns))}\n`,
  );
  if (output.debug) output.stderr.write(`\n${stackOf(error)}\n`);
  return notice.exitCode;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${stackOf(error.cause)}`;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
