// The places of the Docker bench: the runners as llem itself has them, each with a folder for logs.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInstance } from '../../../packages/core/dist/index.js';
import * as docker from '../../../packages/runner-docker/dist/runner.js';
import * as local from '../../../packages/runner-local/dist/runner.js';
import * as simulated from '../../../packages/testkit/dist/simulated-backend.js';

export const PLACES = ['local', 'host network', 'published port'];

/** `image` has the simulated engine. */
export async function openPlaces(image) {
  const folder = await mkdtemp(join(tmpdir(), 'llem-bench-'));
  const context = { cacheDir: join(folder, 'cache') };
  const runnerOf = (id, module, options) => createInstance('runner', id, module, context, options);
  const runners = {
    local: runnerOf('local', local, {}),
    'host network': runnerOf('docker', docker, { image, network: 'host' }),
    'published port': runnerOf('docker', docker, { image, network: 'bridge' }),
  };
  let count = 0;
  return {
    /**
     * An engine with these options of the simulated backend. Its port is known before it is started, so that it can be watched
     * meanwhile.
     */
    async prepare(place, engine) {
      const backend = createInstance('backend', 'simulated', simulated, context, engine);
      const target = await runners[place].target();
      const spec = backend.service({}, {}, target, []);
      count += 1;
      const runId = `bench-${count}`;
      const request = { spec, study: 'bench', logPath: join(folder, `${runId}.log`), runId };
      return {
        port: target.port,
        baseUrl: `http://127.0.0.1:${target.port}`,
        start: () => runners[place].start(request, AbortSignal.any([])),
      };
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
