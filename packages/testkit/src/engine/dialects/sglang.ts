/** SGLang's server, as of 0.5.23: the command line of `sglang serve`. */
import { spoken, type Environment, type Reading, type ServerDialect } from './dialect.js';
import { lastOf, readFlags, switchOf, UsageError, type Flag, type FlagValues } from './flags.js';
import { kvBlocks } from './kv-cache.js';
import { helpSection, integerOf, parseArgparse, usageOf, usageText } from './python/argparse.js';
import { SGLANG_FLAGS } from './sglang/flags.js';
import { sglangServer, VERSION, type SglangFacts } from './sglang/server.js';

const FLAGS = readFlags(SGLANG_FLAGS);
const MODEL = '--model-path';
const USAGE = usageText('sglang serve', [
  '[-h]',
  ...FLAGS.map((flag) => (flag.names[0] === MODEL ? usageOf(flag).slice(1, -1) : usageOf(flag))),
]);
const MAIN_USAGE = usageText('sglang', ['[-h]', '{serve,generate,version}', '...']);

export const sglang: ServerDialect = {
  read([command, ...rest], env) {
    if (command === 'version')
      return spoken({ stdout: `sglang version: ${VERSION}\ngit revision: 0000000\n` });
    if (command === '-h' || command === '--help') return spoken({ stdout: MAIN_USAGE });
    if (command !== 'serve') {
      const message =
        command === undefined || command.startsWith('-')
          ? 'the following arguments are required: subcommand'
          : `argument subcommand: invalid choice: '${command}' (choose from 'serve', 'generate', 'version')`;
      return spoken({ stderr: `${MAIN_USAGE}sglang: error: ${message}\n`, code: 2 });
    }
    if (rest.some((argument) => argument === '-h' || argument === '--help'))
      return spoken({ stdout: helpText() });
    try {
      return launch(rest, env);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return spoken({ stderr: `${USAGE}sglang serve: error: ${error.message}\n`, code: 2 });
    }
  },
};

function helpText(): string {
  const about =
    'Usage: sglang serve <model-name-or-path> [additional-arguments]\n' +
    '   or: sglang serve --model-path <model-name-or-path> [additional-arguments]\n';
  const title = '\n--- Help for Standard Language Model Server ---\n';
  return `${about}${title}${USAGE}\n${helpSection('options', FLAGS)}`;
}

function launch(argv: readonly string[], env: Environment): Reading {
  const [first] = argv;
  const isNamed = first === undefined || first.startsWith('-');
  const { values, unrecognized } = parseArgparse(FLAGS, 0, isNamed ? argv : [MODEL, ...argv]);
  const model = lastOf(values, 'model-path');
  if (model === undefined) throw new UsageError('the following arguments are required: --model-path/--model');
  if (unrecognized.length > 0) throw new UsageError(`unrecognized arguments: ${unrecognized.join(' ')}`);

  const pageTokens = number(values, 'page-size') ?? 1;
  const fraction = Number(lastOf(values, 'mem-fraction-static') ?? 0.88);
  const dtype = lastOf(values, 'kv-cache-dtype') ?? 'auto';
  const room = kvBlocks({ fraction, dtype, blockTokens: pageTokens }) * pageTokens;
  const kvTokens = Math.min(room, number(values, 'max-total-tokens') ?? room);
  const caching = switchOf(values, 'disable-radix-cache') !== true;
  const slots = number(values, 'max-running-requests') ?? 256;
  const contextTokens = number(values, 'context-length') ?? null;
  const speculation = speculationOf(values);
  const served = lastOf(values, 'served-model-name') ?? model;
  const facts: SglangFacts = {
    model,
    served,
    kvTokens,
    pageTokens,
    contextTokens,
    tellsMetrics: switchOf(values, 'enable-metrics') === true,
    tellsCached: switchOf(values, 'enable-cache-report') === true,
    healthGenerates: !/^(0|false|no|n)$/i.test(env['SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION'] ?? '1'),
    settings: {
      ...settingsOf(values),
      served_model_name: served,
      mem_fraction_static: fraction,
      page_size: pageTokens,
      kv_cache_dtype: dtype,
      launch_command: ['sglang', 'serve', ...argv].join(' '),
      max_total_num_tokens: kvTokens,
      internal_states: [
        {
          max_total_num_tokens: kvTokens,
          memory_usage: { token_capacity: kvTokens },
          effective_max_running_requests_per_dp: slots,
        },
      ],
      version: VERSION,
    },
  };
  return {
    kind: 'launch',
    defaults: {
      kvTokens,
      cache: caching ? { blockTokens: pageTokens, capacityBlocks: Math.ceil(kvTokens / pageTokens) } : null,
      speculation,
      chunking: {
        tokensPerEvent: Math.max(
          number(values, 'stream-interval') ?? 1,
          1 + (speculation?.acceptedTokens ?? 0),
        ),
        finishReason: 'last-token',
      },
    },
    options: {
      host: lastOf(values, 'host') ?? '127.0.0.1',
      port: number(values, 'port') ?? 30_000,
      model: served,
      slots,
      ...(contextTokens === null ? {} : { contextPerSlot: contextTokens }),
      ...(values.has('api-key') ? { token: lastOf(values, 'api-key') ?? null } : {}),
    },
    server: sglangServer(facts),
  };
}

const number = (values: FlagValues, name: string): number | undefined => {
  const flag = FLAGS.find(({ names }) => names[0] === `--${name}`);
  return flag === undefined ? undefined : integerOf(values, flag);
};

/** Of each step one token more than was drafted is verified, and half of the drafted are kept. */
function speculationOf(values: FlagValues) {
  if (!values.has('speculative-algorithm')) return null;
  const steps = number(values, 'speculative-num-steps') ?? 3;
  const draftTokens = Math.max(1, (number(values, 'speculative-num-draft-tokens') ?? steps + 1) - 1);
  return { draftTokens, acceptedTokens: Math.floor(draftTokens / 2) };
}

/** Every setting under the name of its flag, as the server tells them: null or false where it was not set. */
function settingsOf(values: FlagValues) {
  const typed = (flag: Flag) => {
    const given = values.get(flag.names[0].slice(2));
    if (flag.form === 'switch' || flag.form === 'negatable') return given?.at(-1) === 'true';
    if (given === undefined) return null;
    const parsed = given.map((text) => (/^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : text));
    return flag.form === 'value' ? (parsed.at(-1) ?? null) : parsed;
  };
  return Object.fromEntries(
    FLAGS.map((flag) => [flag.names[0].slice(2).replaceAll('-', '_'), typed(flag)] as const),
  );
}
