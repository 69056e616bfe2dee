/** A service as text: what is run, with which environment, in which container, with which files. */
import type { Artifacts, ServiceSpec, ServiceTarget } from '@llem/core';
import type { GoldenCase } from './golden-cases.fixture.js';
import { optionsSchema } from './options.js';
import { serviceSpec } from './service.js';

export function specText({ command, env, container, files = [], ...rest }: ServiceSpec): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const lines = [
    `run ${command.map(quoted).join(' ')}`,
    `env ${variables.join(' ')}`,
    ...(container
      ? [
          `image ${container.image} entrypoint=${container.entrypoint?.join(' ') ?? 'its own'}`,
          `limits ipc=${container.ipc} shm=${container.shmBytes ?? 'default'} ${Object.entries(
            container.ulimits,
          )
            .map(([name, limit]) => `${name}=${limit}`)
            .join(' ')}`,
          `gpus ${container.gpus?.join(',') ?? 'all'}`,
          ...container.mounts.map(
            ({ source, target, readOnly, create }) =>
              `mount ${source} -> ${target}${readOnly ? ' ro' : ''}${create ? ' create' : ''}`,
          ),
          `pass ${container.passEnv.join(' ')}`,
        ]
      : []),
    ...files.map(({ path }) => `file ${path}`),
    `ready ${rest.readiness.path} every ${rest.readiness.intervalMs} ms, grace ${rest.stopGraceS} s`,
  ];
  return lines.join('\n');
}

const quoted = (argument: string): string => (/^[\w./:@=,-]+$/.test(argument) ? argument : `'${argument}'`);

/** The service of a golden case at a place. */
export function goldenSpec(
  { settings, model, gpus = ['GPU-a'], image }: GoldenCase,
  place: 'process' | 'container',
): ServiceSpec {
  const artifacts: Artifacts = {
    modelRef: model ?? 'org/model',
    model: {
      name: 'model',
      revision: model === undefined ? 'c0ffee' : null,
      weightsHash: null,
      tokenizerRevision: null,
      randomWeights: false,
      parameters: null,
      contextLength: null,
      promptTokenIds: null,
      tokenizerPath: null,
    },
  };
  const target: ServiceTarget =
    place === 'process'
      ? { host: '127.0.0.1', port: 8123 }
      : { host: '0.0.0.0', port: 8123, container: { image: image ?? null } };
  const folders = { cacheDir: '/cache', hubHome: '/hub' };
  return serviceSpec(optionsSchema.parse(settings), artifacts, target, gpus, folders);
}
