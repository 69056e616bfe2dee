/** What the load threads saw of each request. Times are nanoseconds since the load's origin, as numbers. */
import type { Chunks } from './chunks.js';
import type { ArrivalClock } from './sockets/sockets.js';

export interface RequestTrace {
  /** In the order of the schedule (open loop) or of sending within a thread (closed loop); each occurs once. */
  readonly index: number;
  /** The slot of a closed loop; null in an open loop. */
  readonly slot: number | null;
  /** Number of its conversation, and its place in it, from 0. */
  readonly conversation: number;
  readonly turn: number;
  /** When it was to be sent: by the schedule, or, in a closed loop and within a conversation, when the one before it had ended. */
  readonly intendedNs: number;
  /**
   * When there was room for it: `intendedNs`, or later, where it waited for another to end because as many were in flight as may be. What
   * passes from here to the send is the client's own.
   */
  readonly roomNs: number;
  /** Just before its first byte was given to the connection. */
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
  readonly chunks: Chunks;
}

export interface LoadTrace {
  /** `process.hrtime.bigint()` at time 0 of the trace. */
  readonly originNs: bigint;
  /** The window, on the same scale as the requests; 0 where a mark was not set. */
  readonly openNs: number;
  readonly closeNs: number;
  /** Of all threads, in the order of sending. */
  readonly requests: readonly RequestTrace[];
  /**
   * When requests were to be sent that had not been sent when the load ended, ascending: for want of room in an open loop, in
   * a closed one for want of a prompt.
   */
  readonly unsentNs: Float64Array<ArrayBuffer>;
  /** Share of the window in which the busiest load thread was busy, 0 to 1; null when the window was not closed. */
  readonly threadUtilization: number | null;
  readonly threads: number;
  /** Who noted when tokens arrived; null when none did. */
  readonly arrivalClock: ArrivalClock | null;
}

/** Tokens of a request: the server's count where it told one, else one per chunk. */
export function outputTokensOf(trace: RequestTrace): number {
  return trace.outputTokens ?? trace.chunks.count;
}
