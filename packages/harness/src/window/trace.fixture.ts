/** What a load generator would have handed over. */
import { packChunks, type LoadTrace, type RequestTrace } from '@llem/loadgen';

const S = 1e9;

let number = 0;
/** Made once: most tests do not ask when tokens came. */
const NONE = packChunks([]);

/** A request that was answered, with no word of its tokens. */
export function request(dueS: number, endS: number): RequestTrace {
  return {
    index: 0,
    slot: null,
    conversation: number++,
    turn: 0,
    intendedNs: dueS * S,
    roomNs: dueS * S,
    sentNs: dueS * S,
    endedNs: endS * S,
    status: 'completed',
    errorClass: null,
    errorMessage: null,
    inputTokensSent: 1,
    outputTokensAsked: 1,
    inputTokens: 1,
    inputTokensCached: 0,
    outputTokens: 1,
    finishReason: 'length',
    chunks: NONE,
  };
}

/** Its window, and when requests were due that were never sent. */
export const trace = (
  requests: readonly RequestTrace[],
  openS: number,
  closeS: number,
  unsentS: readonly number[] = [],
): LoadTrace => ({
  originNs: 0n,
  openNs: openS * S,
  closeNs: closeS * S,
  requests,
  unsentNs: Float64Array.from(unsentS, (second) => second * S),
  threadUtilization: null,
  threads: 1,
  arrivalClock: 'kernel',
});
