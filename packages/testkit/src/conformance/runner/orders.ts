/** What the service that runners are tried with is told to do, and the lines that it writes. */

export interface Orders {
  /** Where to listen. */
  readonly host: string;
  readonly port: number;
  /** Ignores SIGTERM. */
  readonly deaf: boolean;
  /** Has a child, which ignores SIGTERM and stays when its parent is gone. */
  readonly child: boolean;
  /** Writes so many lines and then its last words, and ends at once with this exit code. */
  readonly ends: { readonly lines: number; readonly code: number } | null;
  /** An argument that no shell leaves as it is. */
  readonly odd: string;
  readonly words: typeof WORDS;
}

export const WORDS = {
  up: 'service: up',
  upOnStderr: 'service: up, says standard error',
  asked: 'service: was asked to end',
  last: 'service: last words',
} as const;
