/** What differs between the servers for which a simulated engine stands. */
import type { Shared } from '../completion.js';
import type { HttpRequest, Reply } from '../http.js';
import type { EngineOptions, EngineOptionsInput, StartFailure } from '../options.js';

/** Each server: its command line, what it answers and what it logs. */
export interface ServerDialect {
  /** Reads a command line, without the program's own name. Throws nothing. */
  readonly read: (argv: readonly string[], env: Environment) => Reading;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A program that ends at once, or one that serves. */
export type Reading = Spoken | Launch;

export interface Spoken {
  readonly kind: 'spoken';
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface Launch {
  readonly kind: 'launch';
  /** How an engine of this kind is where nobody says otherwise. */
  readonly defaults: EngineOptionsInput;
  /** What the command line says; it wins over everything. */
  readonly options: EngineOptionsInput;
  readonly server: EngineServer;
}

export interface EngineServer {
  /** Until the model is loaded the port refuses connections; else it answers, with 503. */
  readonly listensWhenReady: boolean;
  /** What is asked for while the model is loading, where the port is open by then. */
  readonly sendLoading: (reply: Reply) => void;
  /** Answers what asks for no completion. */
  readonly sendPage: (request: HttpRequest, reply: Reply, shared: Shared) => void;
  /** An error in the form of this server. `type` is the server's own where it is left out. */
  readonly sendError: (reply: Reply, code: number, message: string, type?: string) => void;
  /** Why a request for completion is refused before it is looked at, with its status; null when it is not. */
  readonly refusal: (request: HttpRequest, body: object) => readonly [number, string] | null;
  /** How a streamed chat leaves where that differs from a completion. */
  readonly chatOptions: (options: EngineOptions) => EngineOptions;
  readonly usage: UsageForm;
  readonly log: EngineLog;
}

/** The `usage` of an answer. */
export type UsageForm = (inputTokens: number, outputTokens: number, cachedTokens: number) => object;

/** Whole lines. */
export interface EngineLog {
  readonly starting: readonly string[];
  readonly ready: (baseUrl: string, port: number) => readonly string[];
  readonly failed: Readonly<Record<StartFailure | 'model' | 'unknown', readonly string[]>>;
  readonly portInUse: (host: string, port: number) => readonly string[];
}

export const spoken = (said: Partial<Spoken>): Spoken => ({
  kind: 'spoken',
  stdout: '',
  stderr: '',
  code: 0,
  ...said,
});

/** The first event of a chat tells the role and has no token. */
export const roleFirst = (options: EngineOptions): EngineOptions =>
  options.chunking.firstChunk === 'none'
    ? { ...options, chunking: { ...options.chunking, firstChunk: 'with-first-token' } }
    : options;
