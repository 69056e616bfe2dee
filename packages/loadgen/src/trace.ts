/** What the load thread saw of each request. Times are nanoseconds since the load's origin, as numbers. */

export interface RequestTrace {
  /** In the order of sending, from 0. */
  readonly index: number;
  readonly slot: number;
  readonly sentNs: number;
  readonly endedNs: number;
  readonly status: 'completed' | 'failed' | 'cancelled';
  /** Null unless failed. */
  readonly errorClass: string | null;
  readonly errorMessage: string | null;
  /** Length of the prompt as sent; null when only the server knows. */
  readonly inputTokensSent: number | null;
  readonly outputTokensAsked: number;
  /** As the server's usage tells; null when it told none. */
  readonly inputTokens: number | null;
  readonly inputTokensCached: number | null;
  readonly outputTokens: number | null;
  readonly finishReason: string | null;
  /** Arrival of every token-bearing chunk. */
  readonly chunkNs: Float64Array<ArrayBuffer>;
  /** Tokens of each chunk; null when each bears one. */
  readonly chunkTokens: Float64Array | null;
}

export interface LoadTrace {
  /** `process.hrtime.bigint()` at time 0 of the trace. */
  readonly originNs: bigint;
  /** The window, on the same scale as the requests. */
  readonly openNs: number;
  readonly closeNs: number;
  readonly requests: readonly RequestTrace[];
  /** Share of the window in which the load thread was busy, 0 to 1; null when the window was not closed. */
  readonly threadUtilization: number | null;
}

/** Tokens of a request: the server's count where it told one, else one per chunk. */
export function outputTokensOf(trace: RequestTrace): number {
  return trace.outputTokens ?? trace.chunkNs.length;
}
