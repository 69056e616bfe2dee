// How exact the energy of an NVIDIA GPU is, as its driver tells it: what llem's method rests on, measured on a GPU of your own.
//
//   npm run test:gpu -- [--gpu 0] [--seconds 120] [--windows 1,2,5,10,30] [--json FILE]
//
// cost:    what one reading of each quantity takes.
// steps:   how often the energy counter and power take a new value.
// windows: under a load that comes and goes (load.mjs), windows of each length anywhere in the recording: the counter's plain
//          difference, the counter with interpolated edges, and integrated power, against each other. On a simulated driver
//          (LLEM_NVML_LIBRARY, LLEM_SIMULATED_NVML: see @llem/testkit) also against the truth.
//
// Exits 0 where there is no GPU, and says so. Needs the packages built. Nothing else should run on the GPU.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { create } from '../../packages/energy-nvml/dist/meter.js';
import { fixed, printTable } from '../bench/loadgen/table.mjs';
import { readingCosts } from './cost.mjs';
import { startLoad } from './load.mjs';
import { record, stepWidths } from './recording.mjs';
import { compareWindows } from './windows.mjs';

const { values } = parseArgs({
  options: {
    gpu: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '120' },
    windows: { type: 'string', default: '1,2,5,10,30' },
    json: { type: 'string' },
  },
});
/** Columns where the truth is known. */
const TRUTH = ['counter - truth, p95', 'plain - truth, p95', 'integral - truth, p95'];
const seconds = Number(values.seconds);
const lengths = values.windows.split(',').map(Number);
if (!(seconds > 0) || !lengths.every((length) => length > 0 && length < seconds - 1)) {
  console.error(
    'error: --seconds takes a number above 0, --windows a list of numbers of seconds, each at least a second less.',
  );
  process.exit(2);
}

const meter = create({ cacheDir: '' }, {});
const gpus = meter.devices().filter(({ scope }) => scope === 'gpu');
if (gpus.length === 0) {
  const [finding] = await Promise.all(meter.checks().map((check) => check.run(AbortSignal.timeout(30_000))));
  console.log(`Nothing was measured. ${finding.message}`);
  process.exit(0);
}
const gpu = gpus[Number(values.gpu)];
if (gpu === undefined) {
  console.error(`error: --gpu takes 0 to ${gpus.length - 1}; here "${values.gpu}".`);
  process.exit(2);
}
console.log(`${gpu.name}, driver ${gpu.gpu.driver}, ${new Date().toISOString().slice(0, 10)}\n`);

const channels = meter.channels([gpu]);
const costs = readingCosts(meter, channels);
printTable([
  ['one reading', 'median us', 'p99 us'],
  ...costs.map(({ quantity, medianUs, p99Us }) => [quantity, fixed(medianUs, 1), fixed(p99Us, 1)]),
]);

const load = await startLoad(gpu, Number(values.gpu));
console.log(`\nload: ${load.what}`);
const recording = await record(meter, channels, seconds);
await load.stop();

const steps = stepWidths(recording);
console.log('');
printTable([
  ['a new value every', 'p5 ms', 'median ms', 'p95 ms', 'longest ms'],
  ...steps.map(({ quantity, p5Ms, medianMs, p95Ms, longestMs }) => [
    quantity,
    ...[p5Ms, medianMs, p95Ms, longestMs].map((ms) => fixed(ms, 1)),
  ]),
]);

const windows = compareWindows(recording, lengths, load.joulesBetween);
if (windows.length === 0) {
  console.log('\nWithout both a counter and power there is nothing to compare.');
} else {
  const share = (value) => (value === null ? '-' : `${fixed(100 * value, 2)} %`);
  console.log('\nDifferences of a window\'s energy; "plain" is the counter without interpolated edges:\n');
  printTable([
    [
      'window s',
      'counter - integral, mean',
      'p95',
      'plain - integral, p95',
      ...(load.joulesBetween ? TRUTH : []),
    ],
    ...windows.map(({ seconds: length, ...of }) => [
      length,
      share(of.meanOfCounter),
      share(of.p95OfCounter),
      share(of.p95OfPlain),
      ...(load.joulesBetween ? [share(of.counterError), share(of.plainError), share(of.integralError)] : []),
    ]),
  ]);
}
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify({ gpu, costs, steps, windows }, null, 2)}\n`);
}
