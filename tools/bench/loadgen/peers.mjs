// Benchmark clients of others against the server of the bench: what they say of it, and what its ledger says.
//
// Each is installed from the Python package index into a virtual environment of its own, in `folder` or a temporary one;
// one that cannot be installed or run is a line with its reason. A client's own start is taken out of its processor time
// by a second, shorter run.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
    args: ({ bin, baseUrl, requests, out, tokenizer }) => [
      ...[join(bin, 'aiperf'), 'profile', '--model', 'simulated', '--tokenizer', tokenizer, '--url', baseUrl],
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
  GuideLLM: {
    package: 'guidellm',
    args: ({ bin, baseUrl, requests, out, tokenizer }) => [
      ...[
        join(bin, 'guidellm'),
        'run',
        '--disable-progress',
        '--profile',
        `kind=concurrent,streams=${STREAMS}`,
      ],
      '--backend',
      `kind=openai_http,target=${baseUrl},model=simulated,request_format=/v1/completions,http2=false`,
      ...['--constraint', `kind=max_requests,count=${requests}`],
      ...['--data', `kind=synthetic_text,prompt_tokens=16,output_tokens=${OUTPUT_TOKENS}`],
      ...['--tokenizer', `kind=hf_auto,model=${tokenizer}`, '--output', `kind=json,path=${out}.json`],
    ],
    async read(out) {
      const { metrics } = JSON.parse(await readFile(`${out}.json`, 'utf8')).benchmarks[0];
      const of = (name) => metrics[name].successful;
      return {
        tokensPerS: of('output_tokens_per_second').mean,
        ttftMs: of('time_to_first_token_ms').percentiles,
        itlMs: of('inter_token_latency_ms').percentiles,
      };
    },
  },
  'inference-perf': {
    package: 'inference-perf',
    async args({ bin, baseUrl, requests, out, tokenizer }) {
      const always = (tokens) => ({
        min: tokens,
        max: tokens,
        mean: tokens,
        std_dev: 0,
        total_count: requests,
      });
      // JSON is YAML too.
      const config = {
        load: {
          type: 'concurrent',
          stages: [{ num_requests: requests, concurrency_level: STREAMS }],
          num_workers: 1,
          worker_max_concurrency: STREAMS,
        },
        api: { type: 'completion', streaming: true },
        server: { type: 'vllm', model_name: 'simulated', base_url: baseUrl, ignore_eos: true },
        tokenizer: { pretrained_model_name_or_path: tokenizer },
        data: {
          type: 'random',
          input_distribution: always(16),
          output_distribution: always(OUTPUT_TOKENS),
        },
        report: {
          request_lifecycle: {
            summary: true,
            per_stage: false,
            per_request: false,
            use_server_output_tokens: true,
          },
        },
        storage: { local_storage: { path: out } },
      };
      await writeFile(`${out}.yaml`, JSON.stringify(config));
      return [join(bin, 'inference-perf'), '-c', `${out}.yaml`];
    },
    async read(out) {
      const { successes } = JSON.parse(await readFile(join(out, 'summary_lifecycle_metrics.json'), 'utf8'));
      const ms = ({ median: p50, p99 }) => ({ p50: 1e3 * p50, p99: 1e3 * p99 });
      return {
        tokensPerS: successes.throughput.output_tokens_per_sec,
        ttftMs: ms(successes.latency.time_to_first_token),
        itlMs: ms(successes.latency.inter_token_latency),
      };
    },
  },
};

/** Prints a table and gives the same figures. */
export async function comparePeers({ folder, python, server: options, seconds }) {
  const home = folder ?? (await mkdtemp(join(tmpdir(), 'llem-peers-')));
  const tokenizer = await writeTokenizer(join(home, 'tokenizer'));
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
        const seen = await runPeer(peer, { home, python, server, tokenizer });
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

async function runPeer(peer, { home, python, server, tokenizer }) {
  const environment = join(home, peer.package);
  const bin = join(environment, 'bin');
  await run(python, ['-m', 'venv', environment], INSTALL_LIMIT_S);
  await run(join(bin, 'pip'), ['install', '--quiet', peer.package], INSTALL_LIMIT_S);
  const once = async (requests) => {
    await server.clear();
    const out = join(home, `${peer.package}-${requests}`);
    const args = await peer.args({ bin, baseUrl: server.baseUrl, requests, out, tokenizer });
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

/** One that needs no network and knows every text: a byte is a token, written as GPT-2's vocabulary writes bytes. */
async function writeTokenizer(folder) {
  const shown = (byte) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  let next = 256;
  const letters = Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(shown(byte) ? byte : next++));
  const tokens = [...letters, '<s>', '</s>'];
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
  const special = (content) => ({
    ...{ id: tokens.indexOf(content), content, special: true },
    ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
  });
  const tokenizer = {
    ...{ version: '1.0', truncation: null, padding: null, normalizer: null },
    added_tokens: [special('<s>'), special('</s>')],
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: { type: 'BPE', vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges: [] },
  };
  const config = { tokenizer_class: 'PreTrainedTokenizerFast', bos_token: '<s>', eos_token: '</s>' };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify({ ...config, pad_token: '</s>' }));
  return folder;
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
