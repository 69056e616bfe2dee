// Benchmark clients of others against the server of the bench: what they say of it, and what its ledger says.
//
// Each is installed from the Python package index into a virtual environment of its own, in `folder` or a temporary one;
// one that cannot be installed or run is a line with its reason. A client's own start is taken out of its processor time
// by a second, shorter run.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runReader, startServer } from './processes.mjs';
import { fixed, median, printTable, quantile } from './table.mjs';

const STREAMS = 64;
const OUTPUT_TOKENS = 200;
const TTFT_MS = 20;
const ITL_MS = 20;
const SHORT_REQUESTS = STREAMS;
const LONG_REQUESTS = 9 * STREAMS;
const INSTALL_LIMIT_S = 300;
const RUN_LIMIT_S = 180;

/** Runs a program and says at the end what processor time it and its children took, s. */
const TIMED = `import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=sys.stderr).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime)
sys.exit(code)`;

/** How each client is called, and where it says what it saw. */
const PEERS = {
  AIPerf: {
    package: 'aiperf',
    args: ({ bin, baseUrl, requests, out }) => [
      ...[join(bin, 'aiperf'), 'profile', '--model', 'simulated', '--tokenizer', 'builtin', '--url', baseUrl],
      ...['--endpoint-type', 'completions', '--streaming', '--concurrency', `${STREAMS}`, '--ui', 'none'],
      ...['--request-count', `${requests}`, '--synthetic-input-tokens-mean', '16', '--artifact-dir', out],
      ...['--output-tokens-mean', `${OUTPUT_TOKENS}`, '--extra-inputs', 'ignore_eos:true'],
      '--use-server-token-count',
    ],
    async read(out) {
      const said = JSON.parse(await readFile(join(out, 'profile_export_aiperf.json'), 'utf8'));
      return {
        tokensPerS: said.output_token_throughput?.avg,
        ttftMs: { p50: said.time_to_first_token?.p50, p99: said.time_to_first_token?.p99 },
        itlMs: { p50: said.inter_token_latency?.p50, p99: said.inter_token_latency?.p99 },
      };
    },
  },
};

/** Prints a table and gives the same figures. */
export async function comparePeers({ folder, python, server: options, seconds }) {
  const home = folder ?? (await mkdtemp(join(tmpdir(), 'llem-peers-')));
  const server = await startServer({ ...options, slots: STREAMS, ttftMs: TTFT_MS, itlMs: ITL_MS });
  const results = {};
  console.log(
    `\nOther clients: ${STREAMS} streams of ${1_000 / ITL_MS} tokens/s, what they say and (what was sent)\n`,
  );
  try {
    const llem = await runReader(server, {
      reader: 'llem',
      plan: { streams: STREAMS, outputTokens: 3_000, gapS: 0.005 },
      warmUpS: 2,
      seconds,
      keepTimes: true,
    });
    results.llem = {
      cpuPerMillion: llem.cpuPerMillion,
      lateP50Ms: quantile(llem.lateMs, 0.5),
      lateP99Ms: quantile(llem.lateMs, 0.99),
    };
    const rows = [
      ['client', 'tokens/s', 'TTFT p50 ms', 'ITL p50 ms', 'ITL p99 ms', 'CPU-s/million', 'of llem'],
    ];
    rows.push([
      'llem',
      '-',
      `+${fixed(results.llem.lateP50Ms, 2)} late`,
      '-',
      `+${fixed(results.llem.lateP99Ms, 2)} late`,
      fixed(llem.cpuPerMillion, 1),
      '1.0',
    ]);
    for (const [name, peer] of Object.entries(PEERS)) {
      try {
        const seen = await runPeer(peer, { home, python, server });
        results[name] = seen;
        const { said, sent } = seen;
        const both = (a, b, digits) => `${fixed(a, digits)} (${fixed(b, digits)})`;
        rows.push([
          name,
          both(said.tokensPerS, sent.tokensPerS, 0),
          both(said.ttftMs.p50, sent.ttftMs.p50, 1),
          both(said.itlMs.p50, sent.itlMs.p50, 2),
          both(said.itlMs.p99, sent.itlMs.p99, 2),
          fixed(seen.cpuPerMillion, 1),
          fixed(seen.cpuPerMillion / llem.cpuPerMillion, 1),
        ]);
      } catch (error) {
        results[name] = { reason: error.message };
        rows.push([name, error.message, '', '', '', '', '']);
      }
    }
    printTable(rows);
  } finally {
    await server.stop();
    if (folder === undefined) await rm(home, { recursive: true, force: true });
  }
  return results;
}

async function runPeer(peer, { home, python, server }) {
  const environment = join(home, peer.package);
  const bin = join(environment, 'bin');
  await run(python, ['-m', 'venv', environment], INSTALL_LIMIT_S);
  await run(join(bin, 'pip'), ['install', '--quiet', peer.package], INSTALL_LIMIT_S);
  const once = async (requests) => {
    await server.clear();
    const out = join(home, `${peer.package}-${requests}`);
    const args = peer.args({ bin, baseUrl: server.baseUrl, requests, out });
    const cpuS = Number(await run(join(bin, 'python'), ['-c', TIMED, ...args], RUN_LIMIT_S));
    const { requests: asked } = await server.ledger();
    return { cpuS, said: await peer.read(out), asked };
  };
  const short = await once(SHORT_REQUESTS);
  const long = await once(LONG_REQUESTS);
  const tokens = (asked) => asked.reduce((sum, { timesNs }) => sum + timesNs.length, 0);
  return {
    said: long.said,
    sent: truthOf(long.asked),
    cpuPerMillion: ((long.cpuS - short.cpuS) / (tokens(long.asked) - tokens(short.asked))) * 1e6,
  };
}

/** The same figures from what the server noted, ITL as each request's mean, which is what others call by that name. */
function truthOf(asked) {
  const answered = asked.filter(({ timesNs }) => timesNs.length > 1);
  const span = ({ timesNs }) => timesNs.at(-1) - timesNs[0];
  const ascending = (list) => list.sort((one, other) => one - other);
  const itl = ascending(answered.map((one) => span(one) / (one.timesNs.length - 1) / 1e6));
  const first = Math.min(...answered.map(({ timesNs }) => timesNs[0]));
  const last = Math.max(...answered.map(({ timesNs }) => timesNs.at(-1)));
  const tokens = answered.reduce((sum, { timesNs }) => sum + timesNs.length, 0);
  return {
    tokensPerS: (tokens / (last - first)) * 1e9,
    ttftMs: { p50: median(answered.map(({ ttftMs }) => ttftMs)) },
    itlMs: { p50: quantile(itl, 0.5), p99: quantile(itl, 0.99) },
  };
}

/** What a program prints; rejects with the last line of its complaints when it fails or takes too long. */
function run(program, args, limitS) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitS * 1_000,
      killSignal: 'SIGKILL',
    });
    let [printed, complaints] = ['', ''];
    child.stdout.on('data', (bytes) => (printed += bytes));
    child.stderr.on('data', (bytes) => (complaints = `${complaints}${bytes}`.slice(-4_000)));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(printed.trim());
      else
        reject(
          new Error(
            signal ? `no end within ${limitS} s` : (complaints.trim().split('\n').at(-1) ?? '').slice(0, 80),
          ),
        );
    });
  });
}
