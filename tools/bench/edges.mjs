// The energy of windows whose truth is known: how often the stated interval holds it, how wide that is, and how far off figures are.
// node tools/bench/edges.mjs [--windows 400] [--seconds 1,5,30] [--json FILE]; after `npm run build`.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { counterEnergy } from '../../packages/harness/dist/energy/counter.js';
import { integralEnergy } from '../../packages/harness/dist/energy/integral.js';
import { createDevice, createLoad, generator, LOADS, readDevice } from './edges/device.mjs';
import { quantile } from './loadgen/table.mjs';

const { values: options } = parseArgs({
  options: {
    windows: { type: 'string', default: '400' },
    seconds: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
});
const WINDOWS = Number(options.windows);
/** Windows of one load and device; a new one is drawn after so many. */
const OF_ONE = 40;
/** What channels of NVML say of power. */
const UPDATE_MS = 20;

const USUAL = {
  step: 0.1,
  jitter: 0.005,
  lag: 0.01,
  missing: 0.02,
  power: 0.02,
  call: 0.0025,
  lead: 0.3,
  counterPeriod: { run: 0.05, edge: 0.01 },
  powerPeriod: { run: 0.05, edge: 0.02 },
};
const KINDS = {
  usual: {},
  'lag to 30 ms': { lag: 0.03 },
  'jitter 20 ms': { jitter: 0.02 },
  '10 % missing': { missing: 0.1 },
  'steps of 50 ms': { step: 0.05 },
  'steps of 20 ms': { step: 0.02, jitter: 0.002, lag: 0.005, lead: 0.1 },
  '8 GPUs': { counterPeriod: { run: 0.4, edge: 0.033 } },
  'power every 100 ms': { power: 0.1 },
};

const METHODS = {
  'counter + power': ({ counter, power }, interval) =>
    counterEnergy(counter, interval, { series: power, updateMs: UPDATE_MS }),
  counter: ({ counter }, interval) => counterEnergy(counter, interval),
  power: ({ power }, interval) =>
    integralEnergy(power, interval, { updateMs: UPDATE_MS, resolutionW: 0.001 }),
};

function measure(kind, name, seconds) {
  const draw = generator(7);
  const rows = Object.fromEntries(Object.keys(METHODS).map((method) => [method, []]));
  for (let done = 0; done < WINDOWS; done += OF_ONE) {
    const apart = seconds + 3;
    const untilS = OF_ONE * apart + 15;
    const load = createLoad(name, draw, untilS);
    const windows = Array.from({ length: OF_ONE }, (_, nth) => {
      const start = 8 + nth * apart + draw();
      return [start, start + seconds];
    });
    const readings = readDevice(createDevice(load, kind, draw), windows, kind, draw, untilS);
    for (const [start, end] of windows) {
      const truth = load.joulesAt(end) - load.joulesAt(start);
      const interval = { startNs: BigInt(Math.round(start * 1e9)), endNs: BigInt(Math.round(end * 1e9)) };
      for (const [method, of] of Object.entries(METHODS)) {
        const energy = of(readings, interval);
        if (energy)
          rows[method].push({ off: energy.joules / truth - 1, half: (1.96 * energy.edgeJ) / truth });
      }
    }
  }
  return Object.entries(rows).map(([method, found]) => ({
    kind: Object.keys(KINDS).find((key) => KINDS[key] === kind.of),
    load: name,
    seconds,
    method,
    windows: found.length,
    coverage: found.filter(({ off, half }) => Math.abs(off) <= half).length / found.length,
    halfWidth: found.reduce((sum, { half }) => sum + half, 0) / found.length,
    p95: quantile(
      found.map(({ off }) => Math.abs(off)).sort((a, b) => a - b),
      0.95,
    ),
  }));
}

const results = [];
const percent = (share, digits = 2) => `${(share * 100).toFixed(digits)}`.padStart(6);
console.log(
  'Per method: coverage of the 95 % interval, its mean half-width, 95th percentile of the error; all in %.',
);
for (const [label, of] of Object.entries(KINDS)) {
  for (const load of LOADS) {
    for (const seconds of options.seconds.split(',').map(Number)) {
      const found = measure({ ...USUAL, ...of, of }, load, seconds);
      results.push(...found);
      const cells = found.map(
        ({ method, coverage, halfWidth, p95 }) =>
          `${method} ${percent(coverage, 1)} ${percent(halfWidth)} ${percent(p95)}`,
      );
      console.log([label.padEnd(18), load.padEnd(11), `${seconds} s`.padStart(4), ...cells].join(' | '));
    }
  }
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
