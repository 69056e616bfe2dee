/** vLLM's server, as of 0.32.0: the command line of `vllm serve`. */
import { isJsonObject, type JsonObject, type JsonValue } from '@llem/core';
import { z } from 'zod';
import { spoken, type Environment, type Reading, type ServerDialect } from './dialect.js';
import { lastOf, readFlags, switchOf, UsageError, type Flag, type FlagValues } from './flags.js';
import { kvBlocks } from './kv-cache.js';
import { helpSection, integerOf, parseArgparse, usageText } from './python/argparse.js';
import { VLLM_FLAGS } from './vllm/flags.js';
import { VERSION, vllmServer, type VllmFacts } from './vllm/server.js';

const GROUPS: readonly (readonly [string, readonly Flag[]])[] = Object.entries(VLLM_FLAGS).map(
  ([group, words]) => [group, readFlags(words)],
);
const FLAGS = GROUPS.flatMap(([, flags]) => flags);
const COMMANDS = 'chat,complete,serve,launch,bench,collect-env,download-kernels,preload,run-batch,snapshot';
const MAIN_USAGE = usageText('vllm', ['[-h]', '[-v]', `{${COMMANDS}}`, '...']);
const SERVE_USAGE = 'usage: vllm serve [model_tag] [options]\n';

export const vllm: ServerDialect = {
  read(argv, env) {
    const [command, ...rest] = argv;
    if (command === '--version' || command === '-v') return spoken({ stdout: `${VERSION}\n` });
    if (command === undefined || command === '--help' || command === '-h')
      return spoken({ stdout: `${MAIN_USAGE}\nvLLM CLI\n` });
    if (command !== 'serve') {
      const choices = COMMANDS.split(',').map((each) => `'${each}'`);
      const message = `argument subparser: invalid choice: '${command}' (choose from ${choices.join(', ')})`;
      return refused(MAIN_USAGE, 'vllm', message);
    }
    const help = rest.find((argument) => /^(-h|--help)(=|$)/.test(argument));
    if (help !== undefined) return spoken({ stdout: helpText(help.split('=')[1]) });
    try {
      return launch(rest, env);
    } catch (error) {
      if (error instanceof UsageError) return refused(SERVE_USAGE, 'vllm serve', error.message);
      throw error;
    }
  },
};

const refused = (usage: string, program: string, message: string) =>
  spoken({ stderr: `${usage}${program}: error: ${message}\n`, code: 2 });

/** Groups alone; all flags for `all`; those of a group, or that have the text in them. */
function helpText(search: string | undefined): string {
  if (search === undefined) {
    const groups = GROUPS.map(([title]) => `  ${title}`).join('\n');
    return `${SERVE_USAGE}\nConfig Groups:\n${groups}\n\nFor full list:            vllm serve --help=all\n`;
  }
  const wanted = search.toLowerCase().replaceAll('_', '-');
  const sections = GROUPS.map(([title, flags]) => helpSection(title, flags));
  if (wanted === 'all') {
    const positional = 'positional arguments:\n  model_tag\n';
    return `${SERVE_USAGE}\n${positional}\n${sections.join('\n')}`;
  }
  const group = GROUPS.find(([title]) => title.toLowerCase() === wanted);
  if (group !== undefined) return helpSection(group[0], group[1]);
  const found = FLAGS.filter(({ names }) => names.some((name) => name.includes(wanted)));
  if (found.length > 0) return helpSection(`Arguments matching '${wanted}'`, found);
  return `No group or arguments matching '${wanted}'.\n`;
}

function launch(argv: readonly string[], env: Environment): Reading {
  const { values, positionals, unrecognized } = parseArgparse(FLAGS, 1, normalized(argv));
  if (unrecognized.length > 0)
    return refused(MAIN_USAGE, 'vllm', `unrecognized arguments: ${unrecognized.join(' ')}`);
  const model = positionals[0] ?? lastOf(values, 'model') ?? 'Qwen/Qwen3-0.6B';
  const maxModelLen = humanNumber(values, 'max-model-len');
  const seqs = number(values, 'max-num-seqs') ?? 256;
  const blockTokens = number(values, 'block-size') ?? 16;
  const dtype = lastOf(values, 'kv-cache-dtype') ?? 'auto';
  const fraction = Number(lastOf(values, 'gpu-memory-utilization') ?? 0.92);
  const bytes = humanNumber(values, 'kv-cache-memory-bytes');
  const blocks =
    number(values, 'num-gpu-blocks-override') ?? kvBlocks({ fraction, bytes, dtype, blockTokens });
  const caching = switchOf(values, 'enable-prefix-caching') ?? true;
  const speculation = speculationOf(values);
  const interval = number(values, 'stream-interval') ?? 1;
  const served = values.get('served-model-name') ?? [model];
  const facts: VllmFacts = {
    model,
    served,
    maxModelLen: maxModelLen ?? null,
    blockTokens,
    blocks,
    isDeveloped: env['VLLM_SERVER_DEV_MODE'] === '1',
    tellsCached: switchOf(values, 'enable-prompt-tokens-details') ?? false,
    config: configOf(values, {
      model_config: { model, served_model_name: served[0] ?? model, max_model_len: maxModelLen ?? null },
      cache_config: {
        block_size: blockTokens,
        num_gpu_blocks: blocks,
        kv_cache_size_tokens: blocks * blockTokens,
        gpu_memory_utilization: fraction,
        cache_dtype: dtype,
        enable_prefix_caching: caching,
      },
      scheduler_config: { max_num_seqs: seqs },
    }),
  };
  return {
    kind: 'launch',
    defaults: {
      kvTokens: blocks * blockTokens,
      cache: caching ? { blockTokens, capacityBlocks: blocks } : null,
      speculation,
      chunking: {
        tokensPerEvent: Math.max(interval, 1 + (speculation?.acceptedTokens ?? 0)),
        finishReason: 'last-token',
      },
    },
    options: {
      host: lastOf(values, 'host') ?? '0.0.0.0',
      port: number(values, 'port') ?? 8_000,
      model: served[0] ?? model,
      slots: seqs,
      ...(maxModelLen === undefined || maxModelLen < 1 ? {} : { contextPerSlot: maxModelLen }),
      ...(values.has('api-key') ? { token: lastOf(values, 'api-key') ?? null } : {}),
    },
    server: vllmServer(facts),
  };
}

/** Underscores are dashes in names, `-O2` is a level, and `--a.b 1` is part of the JSON of `--a`. */
function normalized(argv: readonly string[]): string[] {
  const plain: string[] = [];
  const nested = new Map<string, JsonObject>();
  for (let at = 0; at < argv.length; at += 1) {
    const argument = argv[at] ?? '';
    const [, written, rest = ''] = /^(--[^.=]+)([^]*)$/.exec(argument) ?? [];
    const name = written?.replaceAll('_', '-');
    const [, path, inline] = /^\.([^=]+)(?:=([^]*))?$/.exec(rest) ?? [];
    if (argument.startsWith('-O'))
      plain.push('--optimization-level', ...[argument.replace(/^-O=?/, '')].filter((level) => level !== ''));
    else if (name === undefined) plain.push(argument);
    else if (path === undefined) plain.push(`${name}${rest}`);
    else {
      at += inline === undefined ? 1 : 0;
      nested.set(name, nestedIn(nested.get(name), path.split('.'), jsonOf(inline ?? argv[at] ?? '')));
    }
  }
  return [...plain, ...[...nested].flatMap(([name, value]) => [name, JSON.stringify(value)])];
}

function nestedIn(whole: JsonValue | undefined, path: readonly string[], value: JsonValue): JsonObject {
  const [key = '', ...rest] = path;
  const old = whole !== undefined && isJsonObject(whole) ? whole : {};
  return { ...old, [key]: rest.length === 0 ? value : nestedIn(old[key], rest, value) };
}

function jsonOf(text: string): JsonValue {
  try {
    return z.json().parse(JSON.parse(text));
  } catch {
    return text;
  }
}

const flagOf = (name: string): Flag =>
  readFlags(`${name}=`)[0] ?? { names: [`--${name}`], form: 'value', metavar: '' };
const number = (values: FlagValues, name: string) => integerOf(values, flagOf(name));

/** Also such as `32k` (thousands), `32K` (times 1024) and `auto`. */
function humanNumber(values: FlagValues, name: string): number | undefined {
  const [, digits, unit = ''] = /^([\d.]+)([kKmMgGtT])$/.exec(lastOf(values, name) ?? '') ?? [];
  if (digits === undefined) return lastOf(values, name) === 'auto' ? undefined : number(values, name);
  const power = 'kmgt'.indexOf(unit.toLowerCase()) + 1;
  return Number(digits) * (unit === unit.toLowerCase() ? 1_000 : 1_024) ** power;
}

const speculativeSchema = z.looseObject({ num_speculative_tokens: z.int().min(1) });

function speculationOf(values: FlagValues) {
  const written = lastOf(values, 'speculative-config');
  const parsed = speculativeSchema.safeParse(written === undefined ? null : jsonOf(written));
  const draftTokens = parsed.data?.num_speculative_tokens ?? number(values, 'spec-tokens');
  if (draftTokens === undefined) return null;
  // Half of what was drafted is kept.
  return { draftTokens, acceptedTokens: Math.floor(draftTokens / 2) };
}

/** The configuration by its groups, as far as it was set, over what the engine has resolved. */
function configOf(values: FlagValues, resolved: Record<string, JsonObject>): JsonObject {
  const config: Record<string, JsonObject> = { ...resolved };
  for (const [group, flags] of GROUPS) {
    if (!group.endsWith('Config')) continue;
    const key = group.replace(/(?<=[a-z])([A-Z])/g, '_$1').toLowerCase();
    const set = flags.flatMap(({ names }) => {
      const name = names[0].slice(2);
      const value = lastOf(values, name);
      return value === undefined ? [] : [[FIELDS[name] ?? name.replaceAll('-', '_'), jsonOf(value)] as const];
    });
    config[key] = { ...Object.fromEntries(set), ...config[key] };
  }
  const { vllm_config: own = {}, ...groups } = config;
  return { ...groups, ...own };
}

/** Fields that are called other than their flags. */
const FIELDS: Readonly<Record<string, string>> = {
  'kv-cache-dtype': 'cache_dtype',
  'scheduling-policy': 'policy',
};
