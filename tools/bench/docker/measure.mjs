// What the Docker bench measures of one place: a start, first bytes, tokens per second.
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { runReader } from '../loadgen/processes.mjs';

const POLL_MS = 1;
const CONNECTIONS = 64;
const TOKENS_A_REQUEST = 2_000;
const WARM_UP_S = 1;
const AT_ONCE = { slots: CONNECTIONS, ttft_ms: 0, itl_ms: 0 };
const REQUEST = { model: 'simulated', prompt: 'word', max_tokens: 1, stream: true, ignore_eos: true };

/** Milliseconds from the request to start, and those of the stop. */
export async function started(places, place) {
  const { port, baseUrl, start } = await places.prepare(place, AT_ONCE);
  const fromMs = performance.now();
  const starting = start();
  const acceptedMs = await until(() => accepts(port), starting, fromMs);
  const answeredMs = await until(() => answers(baseUrl), starting, fromMs);
  const service = await starting;
  const stopFromMs = performance.now();
  await service.stop();
  return { acceptedMs, answeredMs, stoppedMs: performance.now() - stopFromMs };
}

/** Rejects with the start where that fails. */
async function until(happens, starting, fromMs) {
  let failure = null;
  starting.catch((error) => (failure = error));
  while (!(await happens())) {
    if (failure !== null) throw failure;
    await wait(POLL_MS);
  }
  return performance.now() - fromMs;
}

async function accepts(port) {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

const answers = (baseUrl) =>
  fetch(`${baseUrl}/health`).then(
    (response) => response.body?.cancel().then(() => response.ok) ?? response.ok,
    () => false,
  );

/** Ascending, in ms: from the request to the first byte of its answer. */
export const firstBytes = (places, place, count) =>
  withService(places, place, async ({ baseUrl }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const seen = new Float64Array(count);
    for (let number = -WARM_UP_REQUESTS; number < count; number += 1) {
      const ms = await firstByte(agent, baseUrl);
      if (number >= 0) seen[number] = ms;
    }
    agent.destroy();
    return seen.sort();
  });

const WARM_UP_REQUESTS = 50;

async function firstByte(agent, baseUrl) {
  const headers = { 'content-type': 'application/json' };
  const sent = request(`${baseUrl}/v1/completions`, { agent, method: 'POST', headers });
  const fromMs = performance.now();
  sent.end(JSON.stringify(REQUEST));
  const [response] = await once(sent, 'response');
  let atMs = NaN;
  response.once('data', () => (atMs = performance.now()));
  await once(response, 'end');
  return atMs - fromMs;
}

/** By llem's load generator in a process of its own. */
export const tokensPerS = (places, place, seconds) =>
  withService(places, place, async ({ baseUrl }) => {
    const server = {
      baseUrl,
      clear: () => undefined,
      usage: () => ({ cpuUs: 0, atNs: process.hrtime.bigint() }),
    };
    const plan = { streams: CONNECTIONS, outputTokens: TOKENS_A_REQUEST, gapS: 0, repeat: true };
    const asked = { reader: 'llem', plan, warmUpS: WARM_UP_S, seconds, keepTimes: false };
    return (await runReader(server, asked)).tokensPerS;
  });

async function withService(places, place, act) {
  const prepared = await places.prepare(place, AT_ONCE);
  const fromMs = performance.now();
  const starting = prepared.start();
  await until(() => answers(prepared.baseUrl), starting, fromMs);
  const service = await starting;
  try {
    return await act(prepared);
  } finally {
    await service.stop();
  }
}
