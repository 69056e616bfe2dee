// The processes of the load generator's bench: a server, and one reader at a time.
import { fork } from 'node:child_process';
import { once } from 'node:events';

const here = (name) => new URL(name, import.meta.url);
/** A server that lags behind writes several tokens at once: what is then measured is the server. */
const BUSY = 0.9;

/** Starts the simulated engine; the options are its own. */
export async function startServer(options) {
  const child = fork(here('./server.mjs'), [JSON.stringify(options)], { serialization: 'advanced' });
  const waiting = new Map();
  child.on('message', ({ question, answer }) => waiting.get(question)?.(answer));
  child.on('exit', (code) => {
    if (code !== 0 && code !== null) throw new Error(`the server of the bench ended with code ${code}`);
  });
  const answerTo = (question) => new Promise((resolve) => waiting.set(question, resolve));
  const ask = (question) => {
    const answer = answerTo(question);
    child.send(question);
    return answer;
  };
  const baseUrl = await answerTo('address');
  return {
    baseUrl,
    pid: child.pid,
    clear: () => ask('clear'),
    usage: () => ask('usage'),
    ledger: () => ask('ledger'),
    async stop() {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

/** Share of one core, 0 to 1, between two usages of a process. */
export const shareBetween = (before, after) =>
  (after.cpuUs - before.cpuUs) / (Number(after.atNs - before.atNs) / 1e3);

/**
 * One round of one reader: tokens a second, processor seconds for a million tokens, and, where the times are kept, how late
 * each token of the watched time was stamped after the server had handed it to its socket, in ms.
 */
export async function runReader(server, { reader, plan, warmUpS, seconds, keepTimes }) {
  await server.clear();
  const child = fork(here('./client.mjs'), [], {
    serialization: 'advanced',
    execArgv: process.env.LLEM_BENCH_NODE_FLAGS?.split(' ') ?? [],
  });
  const usage = {};
  const result = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`the reader ${reader} ended with code ${code}`)));
    child.on('message', (message) => {
      if (message.type === 'result') resolve(message);
      else usage[message.type] = server.usage();
    });
    child.send({
      reader,
      plan: { ...plan, baseUrl: server.baseUrl },
      warmUpS,
      seconds,
      keepTimes,
    });
  });
  const { before, after, seen } = result;
  const tokens = after.tokens - before.tokens;
  const lateMs = seen && latenessOf(seen, await server.ledger(), before.atNs, after.atNs);
  await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve()));
  const seconds_ = Number(after.atNs - before.atNs) / 1e9;
  const [userS, systemS] = [after.userUs - before.userUs, after.systemUs - before.systemUs].map(
    (us) => us / 1e6,
  );
  const serverShare = shareBetween(await usage.begin, await usage.end);
  return {
    tokensPerS: tokens / seconds_,
    cpuPerMillion: ((userS + systemS) / tokens) * 1e6,
    userPerMillion: (userS / tokens) * 1e6,
    clientShare: (userS + systemS) / seconds_,
    serverShare,
    serverBusy: serverShare > BUSY,
    lateMs,
  };
}

/** Stamp minus the server's own time, ms, ascending, of the tokens that were sent in (from, to]; requests are known by their prompts. */
function latenessOf(seen, ledger, fromNs, toNs) {
  const sent = new Map(ledger.requests.map(({ inputTokens, timesNs }) => [inputTokens, timesNs]));
  const [from, to] = [Number(fromNs - ledger.originNs), Number(toNs - ledger.originNs)];
  const offset = Number(seen.originNs - ledger.originNs);
  const late = [];
  for (const { inputTokens, timesNs } of seen.requests) {
    // One that never got a connection.
    if (timesNs.length === 0) continue;
    const sentNs = sent.get(inputTokens);
    if (sentNs === undefined) throw new Error(`the server knows of no request of ${inputTokens} tokens`);
    timesNs.forEach((atNs, index) => {
      const truth = sentNs[index];
      if (truth > from && truth <= to) late.push((atNs + offset - truth) / 1e6);
    });
  }
  return Float64Array.from(late).sort();
}
