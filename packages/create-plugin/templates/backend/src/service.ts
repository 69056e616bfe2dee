/** How the engine is started, as plain data: the runner does it, here or in a container. */
import { fileURLToPath } from 'node:url';
import {
  llemError,
  visibleGpusEnvironment,
  type Artifacts,
  type ServiceSpec,
  type ServiceTarget,
  type VisibleGpus,
} from '@llem/core';
import type { Options } from './options.js';

/** Replace it by the command of your engine. Through `dist`, so that it is found from the sources as well. */
const EXAMPLE_ENGINE = fileURLToPath(new URL('../dist/example-engine.js', import.meta.url));

/** Pure: the same input gives the same command. Whatever decides speed or energy is written out, so that the record holds it. */
export function serviceSpec(
  options: Options,
  artifacts: Artifacts,
  target: ServiceTarget,
  gpus: VisibleGpus,
): ServiceSpec {
  if (target.container) {
    throw llemError('LLEM_E_START', 'The backend PLUGIN_ID cannot run in a container.', {
      remedy: 'Use `runner: local`, or give the spec a `container` section in src/service.ts.',
    });
  }
  const program = options.executable === null ? [process.execPath, EXAMPLE_ENGINE] : [options.executable];
  const [file = process.execPath, ...first] = program;
  const flags = {
    '--model': artifacts.modelRef,
    '--host': target.host,
    '--port': target.port,
    '--slots': options.slots,
    '--context': options.context,
    '--token-ms': options.token_ms,
  };
  return {
    command: [file, ...first, ...Object.entries(flags).flatMap(([flag, value]) => [flag, String(value)])],
    // What the engine sees is what is billed: hide every other GPU from it.
    env: visibleGpusEnvironment(gpus),
    target,
    // A path that answers 200 once the engine can serve, and for which it generates nothing.
    readiness: { path: '/health', intervalMs: 50 },
    // It is asked to stop with SIGTERM, and killed after so many seconds.
    stopGraceS: 5,
  };
}
