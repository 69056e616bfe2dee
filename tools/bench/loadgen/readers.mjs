// Readers of streamed completions, side by side: llem's load generator, plain sockets, undici with JSON.parse.
//
// Each is started with a plan and gives `read()`, tokens and requests that have begun so far, and `end()`, when each of them arrived:
// { originNs, requests: [{ inputTokens, timesNs }] }. All stamp with process.hrtime.bigint() what a read brought, before
// they look at it, and keep the time of every token.
import { setImmediate } from 'node:timers';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { workloadSchema } from '../../../packages/core/dist/index.js';
import { arrivalsNs, startLoad } from '../../../packages/loadgen/dist/index.js';
import { simulatedDialect, simulatedModel } from '../../../packages/testkit/dist/index.js';
import { promptOf } from './dataset.mjs';

/**
 * @typedef {object} Plan
 * @property {string} baseUrl
 * @property {number} streams at once
 * @property {number} outputTokens of each request
 * @property {number} gapS between the starts of two streams
 * @property {boolean} repeat true: a closed loop; false: one request a stream, known by the length of its prompt
 */

/** @param {Plan} plan */
function startLlem({ baseUrl, streams, outputTokens, gapS, repeat }) {
  const load = startLoad({
    endpoint: { baseUrl },
    dialect: simulatedDialect,
    workload: workloadSchema.parse({
      output_tokens: outputTokens,
      ...(repeat ? { concurrency: streams } : { arrival: { process: 'trace', max_in_flight: streams } }),
    }),
    model: simulatedModel,
    dataset: {
      kind: 'dataset',
      id: 'bench',
      moduleUrl: new URL('./dataset.mjs', import.meta.url).href,
      options: repeat ? { numbered: false, gapS: 0 } : { count: streams, numbered: true, gapS },
    },
    context: { cacheDir: '' },
    seed: 1,
    threads: 1,
    silenceS: 600,
  });
  return {
    read() {
      const { chunks, firstChunks, failed, lastFailure } = load.counters();
      if (failed > 0) throw new Error(`${failed} requests failed; the last: ${lastFailure}`);
      return { tokens: chunks, begun: firstChunks };
    },
    async end() {
      // A window in which nothing was sent: nothing has to end before the traces are handed over.
      await load.mark('open');
      await load.mark('close');
      const trace = await load.finish();
      const requests = trace.requests.map(({ inputTokensSent, chunks }) => ({
        inputTokens: inputTokensSent,
        timesNs: arrivalsNs(chunks),
      }));
      return { originNs: trace.originNs, requests };
    },
  };
}

/** Text, split at line ends; that a line begins with `data: {` is all it looks at. */
const startPlain = (plan) =>
  startSockets(plan, (onToken, onEnd) => {
    /** The beginning of a line that was cut. */
    let rest = '';
    return (read, atNs) => {
      const lines = (rest + read.toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('data: {')) onToken(atNs);
        else if (line === '0\r') onEnd();
      }
    };
  });

const LF = 0x0a;

/** The same without text: about the least that a reader can do. */
const startBytes = (plan) =>
  startSockets(plan, (onToken, onEnd) => {
    let rest = NOTHING;
    return (read, atNs) => {
      const bytes = rest.length === 0 ? read : Buffer.concat([rest, read]);
      let from = 0;
      for (let to = bytes.indexOf(LF); to !== -1; to = bytes.indexOf(LF, from)) {
        // `data: {`, and the size `0` of the last chunk of a body.
        if (bytes[from + 1] === 0x61 && bytes[from + 2] === 0x74 && bytes[from + 6] === 0x7b) onToken(atNs);
        else if (to === from + 2 && bytes[from] === 0x30) onEnd();
        from = to + 1;
      }
      rest = from === bytes.length ? NOTHING : Buffer.from(bytes.subarray(from));
    };
  });

const NOTHING = Buffer.alloc(0);

/** A socket for each stream. `createReader` gets what to do with a token and at the end of an answer, and takes what is read. */
function startSockets(plan, createReader) {
  const { record, end, read, bodyOf } = createRecord(plan);
  const { hostname, port } = new URL(plan.baseUrl);

  forEachStream(plan, (next) => {
    let request = null;
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const send = () => {
      request = next();
      if (request === null) return;
      const body = bodyOf(request);
      socket.write(
        `POST ${simulatedDialect.path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\n` +
          `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    };
    const onRead = createReader(
      (atNs) => record.add(request, atNs),
      () => setImmediate(send),
    );
    socket.on('data', (read) => onRead(read, record.now()));
    socket.on('error', record.fail);
    socket.on('connect', send);
  });
  return { read, end };
}

/** undici's `request`, text, blank lines, JSON.parse of every event. */
async function startUndici(plan) {
  const { Agent, request: ask } = await import('undici');
  const { record, end, read, bodyOf } = createRecord(plan);
  const dispatcher = new Agent({ connections: null, pipelining: 1, bodyTimeout: 0, headersTimeout: 0 });
  const url = `${plan.baseUrl}${simulatedDialect.path}`;

  forEachStream(plan, async (next) => {
    for (let request = next(); request !== null; request = next()) {
      const headers = { 'content-type': 'application/json' };
      const response = await ask(url, { dispatcher, method: 'POST', headers, body: bodyOf(request) });
      const decoder = new globalThis.TextDecoder();
      let rest = '';
      const current = request;
      await new Promise((resolve) => {
        response.body.on('data', (read) => {
          const atNs = record.now();
          const text = rest + decoder.decode(read, { stream: true });
          let from = 0;
          for (let to = text.indexOf('\n\n'); to !== -1; to = text.indexOf('\n\n', from)) {
            const data = text.slice(from + 'data: '.length, to);
            from = to + 2;
            if (data === '[DONE]') continue;
            if (JSON.parse(data).choices[0]?.text) record.add(current, atNs);
          }
          rest = text.slice(from);
        });
        response.body.on('error', record.fail);
        response.body.on('end', resolve);
      });
    }
  });
  return { read, end };
}

/** Starts the streams one after the other; each asks for its requests until there are none. */
async function forEachStream({ streams, gapS, repeat, outputTokens }, start) {
  const originS = performance.now() / 1_000;
  let number = 0;
  for (let stream = 0; stream < streams; stream += 1) {
    const leftS = originS + stream * gapS - performance.now() / 1_000;
    if (leftS > 0) await wait(1_000 * leftS);
    let sent = false;
    start(() => {
      if (sent && !repeat) return null;
      sent = true;
      return { number: number++, timesNs: new Float64Array(outputTokens), length: 0 };
    });
  }
}

/** What a reader of its own keeps. */
function createRecord({ repeat, outputTokens }) {
  const originNs = process.hrtime.bigint();
  const requests = [];
  const template = JSON.stringify({ ...simulatedDialect.body, prompt: '{prompt}' });
  let total = 0;
  return {
    record: {
      now: () => Number(process.hrtime.bigint() - originNs),
      add(request, atNs) {
        // The events after the last token are none.
        if (request.length >= outputTokens) return;
        if (request.length === 0) requests.push(request);
        request.timesNs[request.length] = atNs;
        request.length += 1;
        total += 1;
      },
      fail(error) {
        throw error;
      },
    },
    bodyOf: ({ number }) =>
      template
        .replace('"{prompt}"', JSON.stringify(promptOf(number, !repeat).content))
        .replaceAll('"{output_tokens}"', String(outputTokens))
        .replaceAll('"{seed}"', '1'),
    read: () => ({ tokens: total, begun: requests.length }),
    end: async () => ({
      originNs,
      requests: requests.map(({ number, timesNs, length }) => ({
        inputTokens: promptOf(number, !repeat).inputTokens,
        timesNs: timesNs.slice(0, length),
      })),
    }),
  };
}

export const READERS = { llem: startLlem, plain: startPlain, undici: startUndici, bytes: startBytes };
