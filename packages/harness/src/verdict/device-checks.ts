/** Checks of the devices: whether they worked freely, alone, and were those that are billed. */
import { figure, type CheckResult, type Measurement, type ThrottleReason } from '@llem/core';
import type { Evidence } from './evidence.js';
import { percent, result } from './result.js';

/** What of the evidence is judged here. */
export interface DeviceEvidence extends Pick<
  Evidence,
  'engineGpus' | 'partitionedGpus' | 'machineCores' | 'attached'
> {
  readonly measurement: Pick<Measurement, 'devices' | 'thermal'> & {
    readonly window: Pick<Measurement['window'], 'durationS' | 'gap'>;
    readonly harness: Pick<Measurement['harness'], 'foreignCpu' | 'neighbours'>;
    readonly energy: Pick<Measurement['energy'], 'headline'>;
  };
}
type DeviceJudge = (evidence: DeviceEvidence) => CheckResult | null;

/** With these a GPU is slower than its settings say, by how much depends on the day. */
const INVALID_REASONS: readonly ThrottleReason[] = [
  'hardwareSlowdown',
  'softwareThermal',
  'hardwareThermal',
  'powerBrake',
];
/** Share of the window in which a GPU's own count of held clocks is no more than noise. */
const MAX_HELD_SHARE = 0.001;
const MAX_DRIFT_C = 10;
const MAX_RESIDUAL_BYTES = 100e6;
/** Of the machine's cores. */
const MAX_FOREIGN_SHARE = 0.05;

const seconds = (s: number) => `${s.toFixed(1)} s`;

export const throttled: DeviceJudge = ({ measurement }) => {
  const { devices, thermal, window } = measurement;
  const longest = (of: 'thermalThrottleS' | 'powerThrottleS') =>
    Math.max(0, ...devices.map((device) => device[of] ?? 0));
  const seen = thermal?.throttleS ?? worstOf(devices.flatMap(({ throttleS }) => throttleS ?? []));
  const thermalS = longest('thermalThrottleS');
  const known = devices.some(
    ({ throttleS, thermalThrottleS }) => throttleS !== null || thermalThrottleS !== null,
  );
  if (!known) return null;
  const limitS = MAX_HELD_SHARE * window.durationS;
  const found = INVALID_REASONS.filter((reason) => (seen[reason] ?? 0) > 0);
  if (found.length > 0 || thermalS > limitS) {
    const told = found.map((reason) => `${reason} ${seconds(seen[reason] ?? 0)}`);
    const counted =
      thermalS > limitS ? [`by the GPU's own count for its temperature ${seconds(thermalS)}`] : [];
    return result('throttled', 'invalid', false, {
      value: [...found, ...(thermalS > limitS ? ['thermalThrottleS'] : [])].join(', '),
      limit: 'none',
      message: `A GPU's clocks were held down inside the window (${[...told, ...counted].join('; ')}). Cool it better, see to its power supply, or let it cool down between runs (execution.gaps.until_c).`,
    });
  }
  const cappedS = Math.max(seen.powerCap ?? 0, longest('powerThrottleS'));
  const capped = (seen.powerCap ?? 0) > 0 || longest('powerThrottleS') > limitS;
  return result('throttled', 'warning', !capped, {
    value: cappedS,
    limit: 0,
    message: capped
      ? `The power limit held a GPU's clocks down for ${seconds(cappedS)} of the window: figures are those of this limit (devices[].powerLimitW). Name it where you publish them, or raise it (\`nvidia-smi -pl\`).`
      : 'Nothing held the clocks of the GPUs down.',
  });
};

type Throttle = Partial<Record<ThrottleReason, number>>;

function worstOf(each: readonly Throttle[]): Throttle {
  const worst: Throttle = {};
  for (const throttle of each) {
    for (const reason of [...INVALID_REASONS, 'powerCap'] as const)
      worst[reason] = Math.max(worst[reason] ?? 0, throttle[reason] ?? 0);
  }
  return worst;
}

export const temperature: DeviceJudge = ({ measurement }) => {
  const drifts = measurement.devices.flatMap(({ id, temperatureC }) =>
    temperatureC
      ? [
          {
            id,
            ...temperatureC,
            drift: Math.max(temperatureC.max - temperatureC.start, temperatureC.start - temperatureC.end),
          },
        ]
      : [],
  );
  const { gap } = measurement.window;
  if (gap.reached === 'cap') {
    const began = gap.temperatureC === null ? 'an unknown temperature' : `${gap.temperatureC} °C`;
    return result('temperature', 'warning', false, {
      value: gap.temperatureC,
      limit: 'execution.gaps.until_c',
      message: `The run began at ${began}: the pause of ${seconds(gap.seconds)} before it ended without reaching execution.gaps.until_c. Raise execution.gaps.max_s or until_c, or cool the GPU better.`,
    });
  }
  const [worst] = drifts.toSorted((a, b) => b.drift - a.drift);
  if (!worst) return null;
  const ok = worst.drift <= MAX_DRIFT_C;
  const found = `${worst.id} went from ${worst.start} to ${worst.end} °C, at most ${worst.max} °C`;
  return result('temperature', 'warning', ok, {
    value: worst.drift,
    limit: MAX_DRIFT_C,
    message: ok
      ? `${found}.`
      : `${found}, inside the window; leakage power changes with it. Warm up longer (measure.warmup.max_s), or cool the GPU evenly.`,
  });
};

interface Trouble {
  readonly value: number | string | null;
  readonly limit: number | string;
  readonly message: string;
}

export const exclusiveDevice: DeviceJudge = ({ measurement, partitionedGpus, machineCores, attached }) => {
  const { devices, harness, energy } = measurement;
  const invalid: Trouble[] = devices.flatMap(({ id, foreignProcesses }) =>
    foreignProcesses && foreignProcesses.length > 0
      ? [
          {
            value: foreignProcesses.map(({ pid }) => pid).join(', '),
            limit: 'none',
            message: `Another process used ${id} inside the window (pid ${foreignProcesses.map(({ pid }) => pid).join(', ')}). End it, or leave this GPU out (\`devices\`).`,
          },
        ]
      : [],
  );
  if (partitionedGpus.length > 0) {
    const ids = partitionedGpus.join(', ');
    invalid.push({
      value: ids,
      limit: 'not partitioned',
      message: `MIG is on (${ids}): energy is that of the whole GPU, whoever else uses it. Switch it off (\`nvidia-smi -mig 0\`).`,
    });
  }
  const warnings: Trouble[] = devices.flatMap(({ id, memoryBytes }) =>
    memoryBytes && memoryBytes.before > MAX_RESIDUAL_BYTES
      ? [
          {
            value: memoryBytes.before,
            limit: MAX_RESIDUAL_BYTES,
            message: `${figure(memoryBytes.before / 1e6)} MB of ${id} were in use before the engine was started. See who holds them (\`nvidia-smi\`), and wait longer between runs (execution.gaps).`,
          },
        ]
      : [],
  );
  const unknown = devices.filter(({ foreignProcesses }) => foreignProcesses === null).map(({ id }) => id);
  if (unknown.length > 0) {
    warnings.push({
      value: null,
      limit: 'none',
      message: `It is not known whether others used ${unknown.join(', ')}. Make sure that nobody did; the record's \`reasons\` say why llem cannot.`,
    });
  }
  const neighbours = harness.neighbours ?? [];
  if (neighbours.length > 0) {
    const who = neighbours.map(({ study, pid }) => `"${study}", pid ${pid}`).join('; ');
    const isBilled = attached?.isBilled ?? true;
    // What GPUs of one's own draw is not touched.
    const trouble = energy.headline === 'gpu' || !isBilled ? warnings : invalid;
    const both = isBilled
      ? 'the energy of processor, memory and node is that of both, and both load the processor. Run them one after the other where you need these figures.'
      : 'both load the processor that sends the requests. Run them one after the other.';
    trouble.push({
      value: neighbours.map(({ pid }) => pid).join(', '),
      limit: 'none',
      message: `Another study ran on this machine inside the window (${who}): ${both}`,
    });
  }
  const { foreignCpu } = harness;
  if (foreignCpu !== null && machineCores !== null && foreignCpu > MAX_FOREIGN_SHARE * machineCores) {
    warnings.push({
      value: foreignCpu,
      limit: MAX_FOREIGN_SHARE * machineCores,
      message: `Other programs kept ${figure(foreignCpu)} of ${machineCores} cores busy (${percent(foreignCpu / machineCores)}). Keep the machine free of other work.`,
    });
  }
  const troubles = invalid.length > 0 ? invalid : warnings;
  const [first] = troubles;
  if (first) {
    return result('exclusive-device', invalid.length > 0 ? 'invalid' : 'warning', false, {
      value: first.value,
      limit: first.limit,
      message: troubles.map(({ message }) => message).join(' '),
    });
  }
  if (devices.length === 0 && foreignCpu === null) return null;
  return result('exclusive-device', 'invalid', true, {
    value: foreignCpu,
    limit: machineCores === null ? null : MAX_FOREIGN_SHARE * machineCores,
    message: devices.length > 0 ? 'Nobody else used the GPUs.' : 'Nobody else kept the processors busy.',
  });
};

export const devices: DeviceJudge = ({ measurement, engineGpus }) => {
  const billed = measurement.devices.map(({ id }) => id);
  if (typeof engineGpus === 'string') {
    if (billed.length === 0) return null;
    return result('devices', 'warning', false, {
      value: null,
      limit: billed.join(', '),
      message: `It is not known which GPUs the engine used: ${engineGpus}. Make sure that it is ${billed.join(', ')}.`,
    });
  }
  const unbilled = engineGpus.filter((id) => !billed.includes(id));
  const unused = billed.filter((id) => !engineGpus.includes(id));
  const ok = unbilled.length === 0 && unused.length === 0;
  const wrong = [
    ...(unbilled.length > 0 ? [`the engine used ${unbilled.join(', ')}, which nobody billed`] : []),
    ...(unused.length > 0 ? [`${unused.join(', ')} was billed and not used`] : []),
  ];
  return result('devices', 'invalid', ok, {
    value: engineGpus.join(', '),
    limit: billed.join(', '),
    message: ok
      ? 'The GPUs that the engine used are those that are billed.'
      : `The GPUs used are not those billed: ${wrong.join('; ')}. Name in \`devices\` the GPUs that the engine computes on.`,
  });
};
