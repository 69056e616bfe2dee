#!/usr/bin/env node
// A simulated NVML in a folder, for any process:  eval "$(simulated-nvml FOLDER '{"gpus":[{"power_w":310}]}')"; llem run ...
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compileSimulatedNvml, createSimulatedNvml } from '../dist/index.js';

const [folder, settings = '{}'] = process.argv.slice(2);
if (folder === undefined || folder.startsWith('-')) {
  console.error('usage: simulated-nvml FOLDER [JSON]');
  process.exit(2);
}
const where = resolve(folder);
mkdirSync(where, { recursive: true });
const control = createSimulatedNvml(join(where, 'control'), JSON.parse(settings));
control.close();
console.log(
  `export LLEM_NVML_LIBRARY='${compileSimulatedNvml(where)}' LLEM_SIMULATED_NVML='${control.path}'`,
);
