/** Traces on their way between threads: the chunk times of all requests in one array. */
import type { RequestTrace } from '../trace.js';
import type { PackedRequest, ThreadTrace } from './messages.js';

export function packTraces(traces: readonly RequestTrace[]): Pick<ThreadTrace, 'requests' | 'chunkNs'> {
  const total = traces.reduce((sum, trace) => sum + trace.chunkNs.length, 0);
  const chunkNs = new Float64Array(total);
  let at = 0;
  const requests = traces.map(({ chunkNs: times, ...rest }): PackedRequest => {
    chunkNs.set(times, at);
    const chunksFrom = at;
    at += times.length;
    return { ...rest, chunksFrom, chunksTo: at };
  });
  return { requests, chunkNs };
}

/** The requests of all threads in the order of sending, numbered anew. */
export function unpackTraces(threads: readonly ThreadTrace[]): RequestTrace[] {
  return threads
    .flatMap(({ requests, chunkNs }) =>
      requests.map(({ chunksFrom, chunksTo, ...rest }): RequestTrace => ({
        ...rest,
        chunkNs: chunkNs.subarray(chunksFrom, chunksTo),
      })),
    )
    .sort((one, other) => one.sentNs - other.sentNs)
    .map((trace, index) => ({ ...trace, index }));
}
