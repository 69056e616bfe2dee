/** Load on an inference endpoint, in a thread of its own. */
export { LONGEST_PAUSE_MS } from './schedule/closed-loop.js';
export { startLoad, type LoadThread } from './thread/thread.js';
export type { LoadPlan } from './thread/messages.js';
export type { LoadCounters, Mark } from './thread/shared.js';
export { outputTokensOf, type LoadTrace, type RequestTrace } from './trace.js';
export {
  arrivalsNs,
  forEachChunk,
  forEachGap,
  packChunks,
  tokensBetween,
  tokensOf,
  type Chunks,
} from './chunks.js';
