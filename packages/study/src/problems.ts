/** Everything that is wrong with settings, gathered so that it is reported at once. */
import { llemError, type ErrorCode, type LlemError } from '@llem/core';
import type { Concealment } from './concealment.js';
import type { Position } from './tree.js';

/** What the settings were read from; it knows what a position in it is called. */
export interface SettingsSource {
  /** Names the source in messages. */
  readonly name: string;
  /** `study.yaml:12:3` for a file; a dotted path for settings without one. */
  describe(at: Position): string;
}

/** The most problems in one message; what is wrong more often than that is wrong in one way. */
const MOST_REPORTED = 200;

/** Longest piece of the user's text that a message repeats, in characters. */
const LONGEST_QUOTE = 60;

interface Problem {
  readonly at: Position;
  readonly text: string;
  /** The command that puts it right; null where the settings have to be corrected. */
  readonly command: string | null;
}

export class Problems {
  readonly #source: SettingsSource;
  readonly #code: ErrorCode;
  readonly #byText = new Map<string, Problem>();

  #concealment: Concealment | null = null;

  constructor(source: SettingsSource, code: ErrorCode = 'LLEM_E_STUDY') {
    this.#source = source;
    this.#code = code;
  }

  /** From now on no message has these values in it. */
  conceal(concealment: Concealment): void {
    this.#concealment = concealment;
  }

  /** A text without the values that are to be concealed. */
  shown(text: string): string {
    return this.#concealment?.text(text) ?? text;
  }

  get none(): boolean {
    return this.#byText.size === 0;
  }

  /** Adds one, with the command that puts it right, if one does; the same text at the same place counts once. */
  add(at: Position, message: string, command: string | null = null): void {
    const text = this.shown(message);
    this.#byText.set(`${at} ${text}`, { at, text, command });
  }

  /** Throws an error of its code, one line for each problem in the order of the source, if there is any. */
  throwIfAny(): void {
    if (!this.none) throw this.toError();
  }

  toError(): LlemError {
    const sorted = [...this.#byText.values()].sort((a, b) => a.at - b.at);
    const lines = sorted.slice(0, MOST_REPORTED).map(({ at, text }) => this.#line(at, text));
    const left = sorted.length - lines.length;
    if (left > 0) lines.push(this.#line(0, `and ${left} more problems`));
    return llemError(this.#code, lines.join('\n'), { remedy: remedyFor(sorted) });
  }

  #line(at: Position, text: string): string {
    const place = this.#source.describe(at);
    // Settings without a file are placed by their path, with which most messages begin anyway.
    return place === '' || text.startsWith(`${place}: `) ? text : `${place}: ${text}`;
  }
}

function remedyFor(problems: readonly Problem[]): string {
  const commands = new Set(problems.flatMap(({ command }) => (command === null ? [] : [`\`${command}\``])));
  const left = problems.filter(({ command }) => command === null).length;
  if (commands.size === 0) {
    const what = left === 1 ? 'it' : `these ${left} problems`;
    return `Correct ${what} and run the command again.`;
  }
  const run = `Run ${[...commands].join(' and ')}`;
  return left === 0
    ? `${run}, and then the command again.`
    : `${run}, correct the rest, and run the command again.`;
}

/** The user's text as it may stand in a message: quoted, escaped, not too long. */
export function quote(value: string | number | boolean | null | undefined): string {
  const shortened =
    typeof value === 'string' && value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}…` : value;
  // C1 controls, bidirectional marks and line separators are printed as they are by JSON and obeyed by terminals.
  const json = JSON.stringify(shortened ?? null).replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return json.length > 2 * LONGEST_QUOTE ? `${json.slice(0, 2 * LONGEST_QUOTE)}…` : json;
}

/** A dotted path as it may stand in a message: plain where it is plain, quoted where it is not. */
export function showPath(path: readonly (string | number)[]): string {
  const text = path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
  return /^[\w.[\]/:+-]{1,120}$/.test(text) ? text : quote(text);
}
