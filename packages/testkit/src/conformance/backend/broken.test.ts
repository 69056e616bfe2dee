import { definePlugin, llemError, visibleGpusEnvironment, type Backend, type ServiceSpec } from '@llem/core';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import {
  simulatedChatDialect,
  simulatedDialect,
  simulatedMetricMap,
  simulatedModel,
} from '../../engine/client.js';
import { startSimulatedEngine } from '../../engine/server.js';
import { PLUGIN_RULES } from '../package/rules.js';
import { returningModule } from '../returns.js';
import { failuresOf } from '../suite.js';
import { BACKEND_RULES } from './rules.js';
import { backendSubject, type BackendSuiteOptions } from './subject.js';

const schema = z.strictObject({
  threads: z.int().min(1).max(64).default(4).describe('Threads.'),
  mode: z.enum(['quick', 'exact']).default('exact').describe('How it computes.'),
});

// Longer than a log may take, and no longer.
vi.mock('../return-limit.js', () => ({ RETURN_LIMIT_MS: 4_000 }));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-broken-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const answers = async (url: string, signal: AbortSignal) => (await fetch(url, { signal })).ok;

/** A backend that holds every rule. */
const sound = (settings: z.output<typeof schema>): Backend => ({
  computesOn: 'gpu',
  image: () => 'example/engine:1',
  isInstalled: () => Promise.resolve(true),
  localModel: () => null,
  constraints: () =>
    settings.mode === 'quick' ? [{ path: 'broken.mode', message: 'quick is not there yet; use exact' }] : [],
  prepare: ({ model }) =>
    model.startsWith('/nowhere')
      ? Promise.reject(llemError('LLEM_E_PREPARE', `There is no ${model}.`, { remedy: 'Name another.' }))
      : Promise.resolve({ modelRef: '/models/m', model: simulatedModel }),
  service: (_experiment, { modelRef }, target, gpus): ServiceSpec => ({
    command: ['engine', modelRef, '--port', String(target.port)],
    env: target.container ? {} : visibleGpusEnvironment(gpus),
    target,
    files: [{ path: join(folder, 'cache', 'engine-3b1f.json'), content: '{}' }],
    readiness: { path: '/health', intervalMs: 100 },
    stopGraceS: 5,
    ...(target.container && {
      container: {
        image: target.container.image ?? 'example/engine:1',
        entrypoint: null,
        gpus,
        shmBytes: null,
        ipc: 'private' as const,
        ulimits: {},
        mounts: [],
        passEnv: ['HF_TOKEN'],
      },
    }),
  }),
  dialect: ({ workload }) => (workload.api === 'chat' ? simulatedChatDialect : simulatedDialect),
  describe: async ({ baseUrl }, signal) => {
    await answers(`${baseUrl}/props`, signal);
    return { version: null, details: {}, kvCacheTokens: null, differences: [] };
  },
  serverMetrics: simulatedMetricMap,
  resetCache: ({ baseUrl }, signal) => answers(`${baseUrl}/health`, signal),
  checks: () => [
    {
      id: 'engine.there',
      title: 'Engine',
      run: () => Promise.resolve({ status: 'ok', message: 'There.', remedy: '' }),
    },
  ],
  diagnose: (_exit, log) =>
    log.includes('out of memory')
      ? { class: 'out-of-memory', message: 'No room.', remedy: 'Use less.' }
      : null,
});

const given: BackendSuiteOptions = { model: 'm', server: () => startSimulatedEngine() };

async function failedRules(change: Partial<Backend>, changed: BackendSuiteOptions = {}): Promise<string[]> {
  const module = definePlugin(schema, (_, settings): Backend => ({ ...sound(settings), ...change }));
  const plugin = {
    kind: 'backend' as const,
    id: 'broken',
    moduleUrl: '',
    module: returningModule(module),
    options: {},
    context: { cacheDir: join(folder, 'cache') },
  };
  const subject = backendSubject(plugin, { ...given, ...changed });
  const failures = [
    ...(await failuresOf(PLUGIN_RULES, plugin)),
    ...(await failuresOf(BACKEND_RULES, subject)),
  ];
  return failures.map(({ id }) => id);
}

const usual = sound({ threads: 4, mode: 'exact' });
const spec = (...[experiment, artifacts, target, gpus]: Parameters<Backend['service']>) =>
  usual.service(experiment, artifacts, target, gpus);
let count = 0;
const counted = () => String((count += 1));

/** For what a plugin in JavaScript may do. */
const unchecked = z.custom<Partial<Backend>>();

/** Each breaks one rule, and that alone. */
const BROKEN: Readonly<Record<string, Partial<Backend>>> = {
  'backend.constraints.total': {
    constraints: ({ workload }) => {
      if (workload.concurrency === null) throw new Error('concurrency is null');
      return [];
    },
  },
  'backend.constraints.violations': { constraints: () => [{ path: 'threds', message: 'too many' }] },
  'backend.constraints.same': { constraints: () => [{ path: 'model', message: counted() }] },
  'backend.checks': {
    checks: () => [
      { id: 'engine.there', title: 'Engine', run: () => Promise.reject(new Error('no engine')) },
    ],
  },
  'backend.computes-on': unchecked.parse({ computesOn: 'tpu' }),
  'backend.local-model': {
    localModel: (model) => {
      if (model.includes('\0')) throw new Error('ERR_INVALID_ARG_VALUE');
      return null;
    },
  },
  'backend.is-installed': { isInstalled: () => Promise.reject(new Error('no such program')) },
  'backend.prepare.artifacts': {
    prepare: (experiment, signal) =>
      experiment.model.startsWith('/')
        ? usual.prepare(experiment, signal)
        : Promise.resolve({ modelRef: '', model: simulatedModel }),
  },
  'backend.prepare.refuses': {
    prepare: (experiment, signal) =>
      experiment.model.startsWith('/')
        ? Promise.reject(new Error('ENOENT'))
        : usual.prepare(experiment, signal),
  },
  'backend.prepare.aborted': {
    prepare: (experiment, signal) =>
      signal.aborted ? new Promise(() => undefined) : usual.prepare(experiment, signal),
  },
  'backend.service.process': {
    service: (...asked) => ({ ...spec(...asked), command: ['', String(asked[2].port)] }),
  },
  'backend.service.same': {
    service: (...asked) => ({ ...spec(...asked), command: ['engine', String(asked[2].port), counted()] }),
  },
  'backend.service.target': {
    service: (...asked) => ({ ...spec(...asked), command: ['engine', '--port', '80'] }),
  },
  'backend.service.container': {
    service: (...asked) => {
      if (asked[2].container) throw new Error('no image');
      return spec(...asked);
    },
  },
  'backend.service.gpus': { service: (...asked) => ({ ...spec(...asked), env: {} }) },
  'backend.service.readiness': {
    service: (...asked) => ({ ...spec(...asked), stopGraceS: 1e9 }),
  },
  'backend.service.files': {
    service: (...asked) => ({
      ...spec(...asked),
      files: [{ path: join(folder, 'cache', 'options.json'), content: String(asked[2].port) }],
    }),
  },
  'backend.service.secrets': {
    service: (...asked) => {
      const made = spec(...asked);
      return { ...made, env: { ...made.env, HF_TOKEN: process.env['HF_TOKEN'] ?? '' } };
    },
  },
  'backend.image': { image: () => '' },
  'backend.dialect.same': {
    dialect: ({ workload }) => {
      const dialect = workload.api === 'chat' ? simulatedChatDialect : simulatedDialect;
      return { ...dialect, body: { ...dialect.body, user: counted() } };
    },
  },
  'backend.dialect.body': {
    dialect: ({ workload }) => {
      const dialect = workload.api === 'chat' ? simulatedChatDialect : simulatedDialect;
      return { ...dialect, body: { ...dialect.body, user: '{user}' } };
    },
  },
  'backend.dialect.paths': {
    dialect: ({ workload }) => {
      const dialect = workload.api === 'chat' ? simulatedChatDialect : simulatedDialect;
      return {
        ...dialect,
        stream: { ...dialect.stream, usage: { ...dialect.stream.usage, cachedInput: [] } },
      };
    },
  },
  'backend.dialect.headers': {
    dialect: ({ workload }) => ({
      ...(workload.api === 'chat' ? simulatedChatDialect : simulatedDialect),
      headers: { Authorization: 'Bearer x' },
    }),
  },
  'backend.server.starts': {
    service: (...asked) => ({ ...spec(...asked), readiness: { path: '/ready-or-not', intervalMs: 100 } }),
  },
  'backend.server.completions': {
    dialect: ({ workload }) =>
      workload.api === 'chat'
        ? simulatedChatDialect
        : {
            ...simulatedDialect,
            body: { ...simulatedDialect.body, max_tokens: 3, wanted: '{output_tokens}' },
          },
  },
  'backend.server.chat': {
    dialect: ({ workload }) =>
      workload.api === 'chat'
        ? {
            ...simulatedChatDialect,
            stream: { ...simulatedChatDialect.stream, text: [['choices', 0, 'text']] },
          }
        : simulatedDialect,
  },
  'backend.describe.answers': {
    describe: async (endpoint, signal) => {
      const page = await (await fetch(`${endpoint.baseUrl}/v1/models`, { signal })).text();
      if (page.includes('llem-testkit')) throw new Error('unknown engine');
      return usual.describe(endpoint, signal);
    },
  },
  'backend.describe.odd-answers': {
    describe: async ({ baseUrl }, signal) => {
      const response = await fetch(`${baseUrl}/props`, { signal });
      const page: unknown = await response.json();
      return { version: JSON.stringify(page).slice(0, 1), details: {}, kvCacheTokens: null, differences: [] };
    },
  },
  'backend.describe.nobody': {
    describe: async ({ baseUrl }, signal) => {
      await fetch(`${baseUrl}/props`, { signal }).catch(() => signal.throwIfAborted());
      return { version: null, details: {}, kvCacheTokens: null, differences: [] };
    },
  },
  'backend.describe.aborted': {
    describe: async ({ baseUrl }) => {
      await fetch(`${baseUrl}/props`);
      return { version: null, details: {}, kvCacheTokens: null, differences: [] };
    },
  },
  'backend.reset-cache.refused': { resetCache: () => Promise.resolve(true) },
  'backend.reset-cache.done': { resetCache: () => Promise.resolve(false) },
  'backend.server-metrics.names': {
    serverMetrics: { path: '/metrics', names: { running: 'engine:running' } },
  },
  'backend.diagnose.total': {
    diagnose: (_exit, log) => {
      if (log === '') throw new Error('no log');
      return null;
    },
  },
  'backend.diagnose.words': { diagnose: () => ({ class: 'unknown', message: 'It ended.', remedy: '' }) },
  'backend.diagnose.same': { diagnose: () => ({ class: 'unknown', message: counted(), remedy: 'Look.' }) },
  'backend.diagnose.quick': {
    // Goes back without an end on spaces, and in no time on all else.
    diagnose: (_exit, log) =>
      /^(?: +)+out of memory/.test(log)
        ? { class: 'out-of-memory', message: 'No room.', remedy: 'Use less.' }
        : null,
  },
};

describe('a backend that holds every rule', () => {
  it('passes, in a container too', async () => {
    expect(await failedRules({})).toEqual([]);
  });

  it('may have no image, no cache to empty and nothing to look at', async () => {
    const service: Backend['service'] = (...asked) => {
      if (asked[2].container) throw llemError('LLEM_E_START', 'There is no image.', { remedy: 'Use local.' });
      return spec(...asked);
    };
    expect(await failedRules({ service, image: () => null, checks: () => [] })).toEqual([]);
  });
});

describe('a backend that breaks one rule', () => {
  it('is there for every rule', () => {
    expect(Object.keys(BROKEN).sort()).toEqual(BACKEND_RULES.map(({ id }) => id).sort());
  });

  it.each(Object.entries(BROKEN))('%s', async (id, change) => {
    expect(await failedRules(change)).toEqual([id]);
  });

  it('by a diagnosis that takes seconds', async () => {
    const diagnose: Backend['diagnose'] = (_exit, log) => {
      // Stands still instead of computing: others use the processor too.
      if (log.length > 1e6) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_100);
      return null;
    };
    expect(await failedRules({ diagnose })).toEqual(['backend.diagnose.quick']);
  });

  const told = (path: string, host: string): Partial<Backend> => ({
    service: (...asked) => {
      const made = spec(...asked);
      return { ...made, command: [...made.command, '--host', host], files: [{ path, content: '{}' }] };
    },
  });
  it.each(['broken.threds', 'broken.threads.most', 'workload.input_tokns'])('by naming %s', async (path) => {
    const change = { constraints: () => [{ path, message: 'too many' }] };
    expect(await failedRules(change)).toEqual(['backend.constraints.violations']);
  });

  it('by a host that nobody outside of its container reaches', async () => {
    const inside = join(folder, 'cache', 'options.json');
    expect(await failedRules(told(inside, '127.0.0.1'))).toEqual(['backend.service.target']);
    expect(await failedRules(told(inside, '0.0.0.0'))).toEqual([]);
  });

  it('by a file outside of its folder, which is not written', async () => {
    const outside = join(folder, 'elsewhere', 'options.json');
    expect(await failedRules(told(outside, '0.0.0.0'))).toContain('backend.service.files');
    expect(existsSync(outside)).toBe(false);
  });
});
