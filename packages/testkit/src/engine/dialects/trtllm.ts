/** TensorRT-LLM's server, as of the release candidates of 1.3: the command line of `trtllm-serve`, and its options file. */
import { isJsonObject, type JsonObject, type JsonValue } from '@llem/core';
import { spoken, type Reading, type ServerDialect } from './dialect.js';
import { lastOf, readFlags, UsageError, type FlagValues } from './flags.js';
import { kvBlocks } from './kv-cache.js';
import { optionsText, parseClick, refusalText } from './python/click.js';
import { TRTLLM_FLAGS } from './trtllm/flags.js';
import { readOptionsFile } from './trtllm/options-file.js';
import { trtllmServer, VERSION, type TrtllmFacts } from './trtllm/server.js';

const FLAGS = readFlags(TRTLLM_FLAGS);
const COMMANDS = ['disaggregated', 'disaggregated_mpi_worker', 'mm_embedding_serve', 'serve'];
const MAIN_USAGE = 'trtllm-serve [OPTIONS] COMMAND [ARGS]...';
const SERVE_USAGE = 'trtllm-serve serve [OPTIONS] MODEL';
/** Importing the package writes it, whatever comes then. */
const BANNER = `[TensorRT-LLM] TensorRT LLM version: ${VERSION}\n`;

export const trtllm: ServerDialect = {
  read(argv) {
    const [first] = argv;
    if (first === '--help' || first === undefined)
      return spoken({ stdout: `${BANNER}Usage: ${MAIN_USAGE}\n\nCommands:\n  ${COMMANDS.join('\n  ')}\n` });
    if (first.startsWith('-'))
      return refused(refusalText(MAIN_USAGE, 'trtllm-serve', `No such option: ${first.split('=')[0] ?? ''}`));
    // What is no command is a model to serve.
    const rest = first === 'serve' ? argv.slice(1) : argv;
    if (rest.includes('--help'))
      return spoken({
        stdout: `${BANNER}Usage: ${SERVE_USAGE}\n\n  Running an OpenAI API compatible server\n\n${optionsText(FLAGS)}`,
      });
    try {
      return launch(rest);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return refused(refusalText(SERVE_USAGE, 'trtllm-serve serve', error.message));
    }
  },
};

const refused = (stderr: string) => spoken({ stdout: BANNER, stderr, code: 2 });

function launch(argv: readonly string[]): Reading {
  const { values, positionals } = parseClick(FLAGS, argv);
  const [model, ...others] = positionals;
  if (model === undefined) throw new UsageError("Missing argument 'MODEL'.");
  if (others.length > 0)
    throw new UsageError(
      `Got unexpected extra argument${others.length === 1 ? '' : 's'} (${others.join(' ')})`,
    );
  const path = lastOf(values, 'config');
  const file = path === undefined ? { settings: {} } : readOptionsFile(path);
  if ('refusal' in file)
    return spoken({
      stdout: BANNER,
      stderr: `Traceback (most recent call last):\n${file.refusal}\n`,
      code: 1,
    });

  // The file wins over the command line.
  const settings = { ...fromCommandLine(values), ...file.settings };
  const cache = mappingOf(settings['kv_cache_config']);
  const blockTokens = numberOf(cache['tokens_per_block']) ?? 32;
  const fraction =
    numberOf(cache['free_gpu_memory_fraction']) ?? Number(lastOf(values, 'free_gpu_memory_fraction') ?? 0.9);
  const dtype =
    typeof cache['dtype'] === 'string' ? cache['dtype'] : (lastOf(values, 'kv_cache_dtype') ?? 'auto');
  const room = kvBlocks({ fraction, dtype, blockTokens });
  const most = numberOf(cache['max_tokens']);
  const blocks = most === undefined ? room : Math.min(room, Math.ceil(most / blockTokens));
  const slots = numberOf(settings['max_batch_size']) ?? 2_048;
  const contextTokens = numberOf(settings['max_seq_len']);
  const speculation = speculationOf(mappingOf(settings['speculative_config']));
  const facts: TrtllmFacts = {
    model: lastOf(values, 'served_model_name') ?? model.replace(/\/+$/, '').split('/').at(-1) ?? model,
    source: model,
    blockTokens,
    blocks,
    slots,
    tellsMetrics: settings['return_perf_metrics'] === true,
    tellsIterations: settings['enable_iter_perf_stats'] === true,
    configurations: {
      model_config: { model, max_model_len: String(contextTokens ?? 'None') },
      parallel_config: { tensor_parallel_size: lastOf(values, 'tensor_parallel_size') ?? '1' },
      kv_cache_config: {
        page_size: String(blockTokens),
        enable_block_reuse: cache['enable_block_reuse'] === false ? 'False' : 'True',
        free_gpu_memory_fraction: String(fraction),
        cache_dtype: dtype,
      },
    },
  };
  const interval = numberOf(settings['stream_interval']) ?? 1;
  return {
    kind: 'launch',
    defaults: {
      kvTokens: blocks * blockTokens,
      cache: cache['enable_block_reuse'] === false ? null : { blockTokens, capacityBlocks: blocks },
      speculation,
      chunking: {
        tokensPerEvent: Math.max(interval, 1 + (speculation?.acceptedTokens ?? 0)),
        finishReason: 'last-token',
      },
    },
    options: {
      host: lastOf(values, 'host') ?? 'localhost',
      port: Number(lastOf(values, 'port') ?? 8_000),
      model: facts.model,
      slots,
      ...(contextTokens === undefined ? {} : { contextPerSlot: contextTokens }),
    },
    server: trtllmServer(facts),
  };
}

function fromCommandLine(values: FlagValues): JsonObject {
  return Object.fromEntries(
    ['max_batch_size', 'max_seq_len'].flatMap((name) => {
      const value = lastOf(values, name);
      return value === undefined ? [] : [[name, Number(value)]];
    }),
  );
}

const mappingOf = (value: JsonValue | undefined): JsonObject =>
  value !== undefined && isJsonObject(value) ? value : {};
const numberOf = (value: JsonValue | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;

/** Half of what is drafted is kept. */
function speculationOf(config: JsonObject) {
  const draftTokens = numberOf(config['max_draft_len']) ?? numberOf(config['num_nextn_predict_layers']);
  return draftTokens === undefined ? null : { draftTokens, acceptedTokens: Math.floor(draftTokens / 2) };
}
