/** The simulated engine as a plugin module: a backend whose engine is a process like any other, with the faults it is told to have. */
import { fileURLToPath } from 'node:url';
import {
  definePlugin,
  llemError,
  visibleGpusEnvironment,
  type Backend,
  type ContainerSpec,
  type Endpoint,
  type EngineFacts,
  type ServiceSpec,
  type ServiceTarget,
} from '@llem/core';
import { z } from 'zod';
import {
  simulatedChatDialect,
  simulatedDialect,
  simulatedMetricMap,
  simulatedModel,
} from './engine/client.js';
import { engineOptionsSchema, faultsSchema } from './engine/options.js';

const { slots, ttftMs, itlMs } = engineOptionsSchema.shape;

export const simulatedBackendSchema = z
  .strictObject({
    slots,
    ttft_ms: ttftMs,
    itl_ms: itlMs,
    stop_grace_s: z
      .number()
      .min(0)
      .max(3_600)
      .default(1)
      .describe('Time between the request to stop and the kill, in seconds.'),
    faults: faultsSchema.prefault({}),
  })
  .describe('A simulated engine, for tests: tokens leave at scripted times, and what goes wrong is told.');

/** Through `dist`, so that it is found from the sources as well. */
const PROGRAM = fileURLToPath(new URL('../dist/engine/main.js', import.meta.url));

/** Where `simulatedEngineFiles` of @llem/testkit/docker puts it. */
const PROGRAM_IN_IMAGE = '/opt/llem/engine.mjs';

type Options = z.output<typeof simulatedBackendSchema>;

export const { options, create } = definePlugin(simulatedBackendSchema, (_, settings): Backend => ({
  computesOn: 'cpu',
  constraints: () => [],
  prepare: () => Promise.resolve({ modelRef: simulatedModel.name, model: simulatedModel }),
  service: (_experiment, _artifacts, target) => serviceOf(settings, target),
  dialect: ({ workload }) => (workload.api === 'chat' ? simulatedChatDialect : simulatedDialect),
  describe,
  serverMetrics: simulatedMetricMap,
  checks: () => [],
  diagnose: (_exit, log) =>
    log.includes('failed to load model')
      ? {
          class: 'bad-model',
          message: 'The simulated engine was told to fail.',
          remedy: 'Leave simulated.faults out.',
        }
      : null,
}));

function serviceOf(settings: Options, target: ServiceTarget): ServiceSpec {
  const engine = {
    slots: settings.slots,
    ttftMs: settings.ttft_ms,
    itlMs: settings.itl_ms,
    faults: settings.faults,
  };
  const flags = ['--host', target.host, '--port', String(target.port)] as const;
  const told = { LLEM_SIMULATED_ENGINE: JSON.stringify(engine) };
  const common = {
    target,
    readiness: { path: '/health', intervalMs: 20 },
    stopGraceS: settings.stop_grace_s,
  };
  if (target.container) {
    return { ...common, command: [...flags], env: told, container: containerSpec(target.container.image) };
  }
  return {
    ...common,
    command: [process.execPath, PROGRAM, ...flags],
    env: { ...visibleGpusEnvironment([]), ...told },
  };
}

/** Throws LLEM_E_START where nobody has named an image: there is one where a test has made it. */
function containerSpec(image: string | null): ContainerSpec {
  if (image === null) {
    throw llemError('LLEM_E_START', 'The simulated engine has no image of its own.', {
      remedy: 'Make one with simulatedEngineFiles of @llem/testkit/docker, and name it.',
      failureClass: 'image-missing',
    });
  }
  return {
    image,
    entrypoint: ['node', PROGRAM_IN_IMAGE],
    gpus: [],
    shmBytes: null,
    ipc: 'private',
    ulimits: {},
    mounts: [],
    passEnv: [],
  };
}

async function describe({ baseUrl }: Endpoint, signal: AbortSignal): Promise<EngineFacts> {
  await fetch(`${baseUrl}/props`, { signal });
  return { version: 'simulated', details: {}, kvCacheTokens: null, differences: [] };
}
