// A load thread of the trace bench: its share of the clients, without a server.
import { parentPort, workerData } from 'node:worker_threads';
import { createChunkLog } from '../../../packages/loadgen/dist/http/chunk-log.js';
import { createTracePages, memoryOf } from '../../../packages/loadgen/dist/thread/pages.js';

const { tokens, tokensPerS, clients, tokensPerRequest, threads, thread, tokensPerChunk } = workerData;
const chunksPerRequest = Math.ceil(tokensPerRequest / tokensPerChunk);
const gapNs = (1e9 * clients * tokensPerChunk) / tokensPerS;
const FIRST_GAPS = 5;
const SEND_NS = 50_000;

const pages = createTracePages();
/** When each client is free. */
const freeNs = Float64Array.from(
  { length: clients },
  (_, client) => (gapNs * chunksPerRequest * client) / clients,
);
const requests = Math.ceil(tokens / tokensPerRequest);
for (let index = thread; index < requests; index += threads) {
  const slot = index % clients;
  const intendedNs = Math.round(freeNs[slot]);
  const sentNs = intendedNs + SEND_NS;
  const log = createChunkLog();
  let atNs = sentNs + Math.round(gapNs * FIRST_GAPS * (0.5 + Math.random()));
  for (let chunk = 1; chunk <= chunksPerRequest; chunk += 1) {
    // Counts that a server tells with every chunk, where chunks bear several tokens: the most that is kept.
    log.add(atNs, tokensPerChunk === 1 ? -1 : Math.min(tokensPerRequest, chunk * tokensPerChunk));
    atNs += Math.round(gapNs * (0.5 + Math.random()));
  }
  const chunks = log.close(tokensPerRequest, tokensPerChunk === 1);
  const endedNs = chunks.lastNs + SEND_NS;
  freeNs[slot] = endedNs;
  pages.add({
    index,
    slot,
    conversation: index,
    turn: 0,
    intendedNs,
    roomNs: intendedNs,
    sentNs,
    endedNs,
    status: 'completed',
    errorClass: null,
    errorMessage: null,
    inputTokensSent: 512,
    outputTokensAsked: tokensPerRequest,
    inputTokens: 512,
    inputTokensCached: 0,
    outputTokens: tokensPerRequest,
    finishReason: 'length',
    chunks,
  });
}
parentPort.on('message', () => {
  const page = pages.take();
  parentPort.postMessage(page, page ? memoryOf(page) : []);
  if (page === null) parentPort.close();
});
parentPort.postMessage('ready');
