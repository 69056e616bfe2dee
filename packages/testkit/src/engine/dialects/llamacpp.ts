/** llama-server: what of its command line means something to a simulated engine, its pages, its log. Unlike the others it accepts every flag. */
import type { Shared } from '../completion.js';
import type { Reply } from '../http.js';
import { sendMetrics } from '../metrics.js';
import type { EngineOptionsInput } from '../options.js';
import { spoken, type EngineServer, type ServerDialect } from './dialect.js';

/** Long and short names of flags with a value. */
const FLAGS: Readonly<Record<string, 'port' | 'host' | 'model' | 'slots' | 'context'>> = {
  '--port': 'port',
  '--host': 'host',
  '-m': 'model',
  '--model': 'model',
  '-a': 'model',
  '--alias': 'model',
  '-np': 'slots',
  '--parallel': 'slots',
  '-c': 'context',
  '--ctx-size': 'context',
};

/** Options from a command line; those of `-c` are shared among the slots, as llama-server does it. */
export function parseArguments(argv: readonly string[]): EngineOptionsInput {
  const found = new Map<string, string>();
  argv.forEach((argument, index) => {
    const [name = '', inline] = argument.split('=', 2);
    const meaning = FLAGS[name];
    const value = inline ?? argv[index + 1];
    if (meaning !== undefined && value !== undefined) found.set(meaning, value);
  });
  const number = (meaning: string) => {
    const value = found.get(meaning);
    return value === undefined ? undefined : Number(value);
  };
  const slots = number('slots');
  const context = number('context');
  const host = found.get('host');
  const port = number('port');
  const model = found.get('model');
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(model === undefined ? {} : { model }),
    // -1 leaves it to the server, 0 takes the context from the model.
    ...(slots === undefined || slots < 1 ? {} : { slots }),
    ...(context === undefined || context < 1
      ? {}
      : { contextPerSlot: Math.floor(context / Math.max(1, slots ?? 1)) }),
  };
}

export const llamacpp: ServerDialect = {
  read: (argv) =>
    argv.includes('--version')
      ? spoken({ stderr: 'version: 0 (simulated)\n' })
      : { kind: 'launch', defaults: {}, options: parseArguments(argv), server: llamacppServer },
};

const FAILED = 'error: failed to load model';

/** Its answers are the same whatever the command line says. */
export const llamacppServer: EngineServer = {
  listensWhenReady: false,
  sendLoading: (reply) => sendError(reply, 503, 'Loading model', 'unavailable_error'),
  sendError,
  refusal: () => null,
  chatOptions: (options) => options,
  usage: (input, output, cached) => ({
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached },
  }),
  sendPage({ method, path }, reply, shared) {
    const route = `${method} ${path}`;
    if (route === 'POST /reset_prefix_cache') resetCache(reply, shared);
    else if (route === 'GET /metrics') void sendMetrics(reply, shared, () => metricsText(shared));
    else sendFacts(reply, path, shared);
  },
  log: {
    starting: [],
    ready: (baseUrl) => [`main: server is listening on ${baseUrl}`],
    portInUse: (host, port) => [`error: couldn't bind HTTP server socket, hostname: ${host}, port: ${port}`],
    failed: {
      model: [FAILED],
      unknown: [FAILED],
      'out-of-memory': [
        'ggml_backend_cuda_buffer_type_alloc_buffer: allocating 15317.02 MiB on device 0: cudaMalloc failed: out of memory',
        FAILED,
      ],
      'out-of-kv-memory': [
        'llama_init_from_model: failed to initialize the context',
        'error: failed to create context',
      ],
      'gated-model': ['error: failed to download model: HTTP status code 401', FAILED],
    },
  },
};

function sendError(reply: Reply, code: number, message: string, type = 'server_error'): void {
  reply.send(code, 'application/json', JSON.stringify({ error: { code, message, type } }));
}

function sendFacts(reply: Reply, path: string, { options }: Shared): void {
  const model = { id: options.model, object: 'model', created: 0, owned_by: 'llem-testkit' };
  const pages = new Map<string, object>([
    ['/health', { status: 'ok' }],
    ['/v1/models', { object: 'list', data: [model] }],
    [
      '/props',
      {
        default_generation_settings: { n_ctx: options.contextPerSlot ?? 0 },
        total_slots: options.slots,
        model_path: options.model,
        build_info: 'simulated',
      },
    ],
  ]);
  const page = pages.get(path);
  if (page === undefined) sendError(reply, 404, 'File Not Found', 'not_found_error');
  else reply.send(200, 'application/json', JSON.stringify(page));
}

/** Only an engine that does nothing can empty its cache. */
function resetCache(reply: Reply, { options, cache, scheduler }: Shared): void {
  if (cache === null) {
    sendError(reply, 404, 'File Not Found', 'not_found_error');
  } else if (options.faults['reset-refused'] === true || scheduler.running() + scheduler.waiting() > 0) {
    sendError(reply, 400, 'The cache is in use');
  } else {
    if (options.faults['reset-lies'] !== true) cache.clear();
    reply.send(200, 'application/json', '{}');
  }
}

/** Names that llama-server has too, and names in its manner for what it does not tell. */
export const METRIC_NAMES = {
  running: 'llamacpp:requests_processing',
  waiting: 'llamacpp:requests_deferred',
  kvUse: 'llamacpp:kv_cache_usage_ratio',
  preemptions: 'llamacpp:preemptions_total',
  cachedTokens: 'llamacpp:prompt_tokens_cached_total',
  inputTokens: 'llamacpp:prompt_tokens_total',
  outputTokens: 'llamacpp:tokens_predicted_total',
} as const;

function metricsText({ options: { kvTokens }, scheduler, totals }: Shared): string {
  const lines = (name: string, value: number) =>
    `# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}\n${name} ${value}\n`;
  return [
    lines(METRIC_NAMES.running, scheduler.running()),
    lines(METRIC_NAMES.waiting, scheduler.waiting()),
    lines(METRIC_NAMES.kvUse, kvTokens === null ? 0 : Math.min(1, scheduler.tokensHeld() / kvTokens)),
    lines(METRIC_NAMES.preemptions, scheduler.preemptions()),
    lines(METRIC_NAMES.cachedTokens, totals.cachedTokens),
    lines(METRIC_NAMES.inputTokens, totals.inputTokens),
    lines(METRIC_NAMES.outputTokens, scheduler.tokensSent()),
  ].join('');
}
