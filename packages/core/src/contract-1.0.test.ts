/**
 * Plugins as they are written for contract 1.0, by authors who are not asked again. They stand still: a contract 1.x is one with which they
 * compile and are taken. A change that has to change them makes a contract 2.0.
 */
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  CONTRACT_VERSION,
  createInstance,
  definePlugin,
  failed,
  llemError,
  longestRequest,
  meansCacheHits,
  ok,
  READ_OK,
  visibleGpusEnvironment,
  type Backend,
  type Dataset,
  type JsonObject,
  type JsonValue,
  type Meter,
  type Runner,
} from './index.js';

/** What a plugin is given, with the fields that it may rely on. */
interface Given {
  readonly model: {
    readonly name: string;
    readonly revision: string | null;
    readonly weightsHash: string | null;
    readonly tokenizerRevision: string | null;
    readonly randomWeights: boolean;
    readonly parameters: number | null;
    readonly contextLength: number | null;
    readonly promptTokenIds: { readonly first: number; readonly last: number } | null;
    readonly tokenizerPath: string | null;
  };
  readonly workload: {
    readonly concurrency: number | null;
    readonly arrival: { readonly process: string; readonly max_in_flight: number } | null;
    readonly input_tokens: number | { readonly distribution: string };
    readonly output_tokens: number | { readonly distribution: string };
    readonly ignore_eos: boolean;
    readonly shared_prefix_tokens: number;
    readonly turns: number;
    readonly api: string;
    readonly seed: number;
  };
  readonly experiment: {
    readonly id: string;
    readonly label: string;
    readonly factors: Readonly<Record<string, JsonValue>>;
    readonly model: string;
    readonly backend: string;
    readonly workload: Given['workload'];
    readonly options: JsonObject;
  };
  readonly facts: {
    readonly platform: string;
    readonly arch: string;
    readonly logicalCpus: number;
    readonly memoryBytes: number;
    readonly model: JsonObject | null;
  };
  readonly target: {
    readonly host: string;
    readonly port: number;
    readonly container?: { readonly image: string | null };
  };
  readonly endpoint: { readonly baseUrl: string; readonly servedModel?: string; readonly tokenEnv?: string };
  readonly exit: { readonly code: number | null; readonly signal: string | null };
  readonly spec: {
    readonly command: readonly [string, ...string[]];
    readonly env: Readonly<Record<string, string>>;
    readonly target: Given['target'];
    readonly readiness: { readonly path: string; readonly intervalMs: number };
    readonly stopGraceS: number;
  };
  readonly start: {
    readonly spec: Given['spec'];
    readonly study: string;
    readonly logPath: string;
    readonly runId: string;
  };
  readonly request: {
    readonly seed: number;
    readonly workload: Given['workload'];
    readonly model: Given['model'];
  };
}

/** A value as a plugin sees it. */
const seen = <K extends keyof Given>(_kind: K, value: Given[K]): Given[K] => value;

const schema = z.strictObject({ program: z.string().default('engine').describe('The program.') });
const check = {
  id: 'mine.there',
  title: 'It is there',
  run: (signal: AbortSignal) =>
    Promise.resolve(signal.aborted ? failed('It is not.', 'Install it.') : ok('It is.')),
};
const nobody = () => llemError('LLEM_E_START', 'Nobody answers.', { remedy: 'Read its log.' });

const backend = definePlugin(schema, ({ cacheDir }, { program }): Backend => ({
  computesOn: 'gpu',
  constraints(experiment, facts) {
    const { workload, options } = seen('experiment', experiment);
    const { inputTokens, outputTokens } = longestRequest(experiment.workload);
    const most = seen('facts', facts).model?.['max_position_embeddings'] ?? options['max_length'];
    return typeof most === 'number' && inputTokens + outputTokens > most
      ? [{ path: 'workload.input_tokens', message: `at most ${most} for ${workload.api}` }]
      : [];
  },
  prepare: ({ model: name }, signal) => {
    signal.throwIfAborted();
    const unknown = { revision: null, weightsHash: null, tokenizerRevision: null, parameters: null };
    const rest = { randomWeights: false, contextLength: null, promptTokenIds: null, tokenizerPath: null };
    return Promise.resolve({ modelRef: `${cacheDir}/${name}`, model: { name, ...unknown, ...rest } });
  },
  service(experiment, { modelRef, model }, target, gpus) {
    const { host, port } = seen('target', target);
    const names = [seen('experiment', experiment).label, seen('model', model).name];
    return {
      command: [program, '--model', modelRef, '--host', host, '--port', `${port}`, ...names],
      env: visibleGpusEnvironment(gpus),
      target,
      readiness: { path: '/health', intervalMs: 100 },
      stopGraceS: 5,
    };
  },
  dialect: ({ workload }, _artifacts, dataset) => ({
    path: workload.api === 'chat' ? '/v1/chat/completions' : '/v1/completions',
    headers: {},
    body: { prompt: '{prompt}', max_tokens: '{output_tokens}', cache: meansCacheHits(workload, dataset) },
    stream: {
      done: '[DONE]',
      text: [['choices', 0, 'text']],
      finishReason: ['choices', 0, 'finish_reason'],
      error: ['error'],
      eventPerToken: true,
      usage: { input: ['usage', 'in'], output: ['usage', 'out'], cachedInput: ['usage', 'cached'] },
    },
  }),
  describe: (endpoint, signal) => {
    if (signal.aborted || seen('endpoint', endpoint).baseUrl === '') return Promise.reject(nobody());
    return Promise.resolve({ version: null, details: {}, kvCacheTokens: null, differences: [] });
  },
  checks: (place) => (place === 'process' ? [check] : []),
  diagnose: (exit, log) =>
    seen('exit', exit).code === 1 && log.includes('port')
      ? { class: 'port-in-use', message: 'The port is taken.', remedy: 'Run it again.' }
      : null,
}));

const runner = definePlugin(schema, (): Runner => ({
  place: 'process',
  checks: (specs) => (specs.length > 0 ? [check] : []),
  target: () => Promise.resolve({ host: '127.0.0.1', port: 8_000 }),
  start: (request, signal) => {
    const { spec, runId } = seen('start', request);
    if (signal.aborted) return Promise.reject(nobody());
    const exit = { code: 0, signal: null };
    return Promise.resolve({
      endpoint: { baseUrl: `http://${spec.target.host}:${spec.target.port}` },
      exited: Promise.resolve(exit),
      facts: { runId },
      processes: () => Promise.resolve(null),
      stop: (graceS) => Promise.resolve({ ...exit, code: graceS === 0 ? 1 : 0 }),
    });
  },
}));

const meter = definePlugin(schema, (): Meter => ({
  checks: () => [check],
  devices: () => [{ id: 'node:mine', scope: 'node', name: 'Mine', facts: {}, overlaps: ['cpu:*'] }],
  channels: (devices) =>
    devices.map(({ id }) => ({
      deviceId: id,
      quantity: 'energyJ',
      measured: true,
      minPeriodMs: 10,
      resolution: 0.001,
      accuracyRel: 0.05,
    })),
  open: (channels) => ({
    read(out, index) {
      out[index] = channels.length;
      return READ_OK;
    },
    close: () => undefined,
  }),
}));

const dataset = definePlugin(schema, (): Dataset => ({
  prepare: (request, signal, progress) => {
    if (!signal.aborted) progress(seen('request', request).seed === 0 ? 0 : 1);
    const facts = { revision: null, hash: null, prompts: null, sharedPrefix: false, repeats: true };
    return Promise.resolve({ ...facts, records: null });
  },
  open: (request) => {
    const { workload, model } = seen('request', request);
    return [{ content: `${workload.api} ${model.name}`, inputTokens: null, outputTokens: 16 }];
  },
}));

test.each([
  ['backend', backend],
  ['runner', runner],
  ['meter', meter],
  ['dataset', dataset],
] as const)('a %s for contract 1.0 is taken', (kind, module) => {
  expect(CONTRACT_VERSION).toMatch(/^1\./);
  expect(createInstance(kind, 'mine', module, { cacheDir: '/nowhere' }, {})).toBeTypeOf('object');
});
