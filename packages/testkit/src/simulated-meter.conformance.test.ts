/** What llem relies on in every meter, of the simulated one: no package provides it, tests name its module. */
import { describeRules } from './conformance/suite.js';
import { METER_RULES } from './conformance/meter/rules.js';
import { meterSubject } from './conformance/meter/subject.js';
import { SIMULATED_METER_URL } from './index.js';
import * as module from './simulated-meter.js';

const devices = [
  { id: 'gpu:a', scope: 'gpu', power_w: 300 },
  { id: 'cpu:a', scope: 'cpu', power_w: 20 },
];

describeRules('the simulated meter', METER_RULES, () =>
  Promise.resolve(
    meterSubject(
      {
        kind: 'meter',
        id: 'simulated',
        moduleUrl: SIMULATED_METER_URL,
        module,
        options: { devices, quantities: ['energyJ', 'powerW'] },
        context: { cacheDir: '' },
      },
      { nothing: { devices: [] } },
    ),
  ),
);
