/** The ledger: what an engine was asked and what it sent when, the truth that a client's measurement is held against. */

export type Outcome = 'running' | 'completed' | 'cancelled' | 'cut' | 'refused';

/** Times are `process.hrtime.bigint()`, which processes of one machine share. */
export interface LedgerEntry {
  /** From 0, in the order of arrival. */
  readonly index: number;
  readonly path: string;
  readonly receivedNs: bigint;
  /** When it got a slot; null while it waits. */
  startedNs: bigint | null;
  /** When each token was handed to the socket. */
  readonly tokenNs: bigint[];
  endedNs: bigint | null;
  readonly inputTokens: number;
  /** As long as the answer is going to be. */
  readonly plannedTokens: number;
  outcome: Outcome;
}

export interface Ledger {
  readonly entries: readonly LedgerEntry[];
  /** Tokens of all requests. */
  readonly tokens: number;
  /** The most requests that ever ran at once. */
  readonly peakRunning: number;
}

/** JSON of a ledger, times as strings of nanoseconds. */
export function ledgerJson(ledger: Ledger, argv: readonly string[]): string {
  return JSON.stringify({ ...ledger, argv }, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
