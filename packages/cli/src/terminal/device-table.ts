/** What each device of an experiment drew, and how it fared: means over the completed runs. Pure. */
import { figure, type EnergyDomain, type Measurement, type Plan, type RunRecord } from '@llem/core';
import { plural } from './event-lines.js';
import { grid, type GridColumn } from './grid.js';
import { bytes } from './numbers.js';
import { oneLine, truncate } from './text.js';

/** Of a device's id, in columns: a kind, and the beginning and the end of a UUID. */
const ID_WIDTH = 16;
const ID_END = 4;

type DeviceState = Measurement['devices'][number];

/** What one device was in each completed run; `state` is empty for what is no GPU. */
interface OfDevice {
  readonly domains: readonly EnergyDomain[];
  readonly states: readonly DeviceState[];
  readonly durationsS: readonly number[];
}

/** A table of energy and one of state below the name of each experiment; empty where nothing was measured. */
export function deviceTables(
  { experiments }: Pick<Plan, 'experiments'>,
  records: readonly RunRecord[],
): string {
  return experiments
    .flatMap(({ id, label }) => {
      const measured = records.flatMap(({ experimentId, status, measurement }) =>
        experimentId === id && status === 'completed' && measurement ? [measurement] : [],
      );
      const devices = byDevice(measured);
      if (devices.size === 0) return [];
      const tables = [energyTable(devices), stateTable(devices)].filter((table) => table !== '');
      return [
        [
          `${oneLine(label)}: each device, mean of ${plural(measured.length, 'completed run')}`,
          ...tables,
        ].join('\n\n'),
      ];
    })
    .join('\n\n');
}

function byDevice(measurements: readonly Measurement[]): Map<string, OfDevice> {
  const ids = measurements.flatMap(({ energy }) => energy.domains.map(({ id }) => id));
  return new Map(
    [...new Set(ids)].map((id) => {
      const having = measurements.filter(({ energy }) => energy.domains.some((domain) => domain.id === id));
      return [
        id,
        {
          domains: having.flatMap(({ energy }) => energy.domains.filter((domain) => domain.id === id)),
          states: having.flatMap(({ devices }) => devices.filter((device) => device.id === id)),
          durationsS: having.map(({ window }) => window.durationS),
        },
      ];
    }),
  );
}

const right = (title: string): GridColumn => ({ title, align: 'right' });

function energyTable(devices: ReadonlyMap<string, OfDevice>): string {
  const columns = [
    { title: 'device' },
    right('power\nW'),
    right('highest\nW'),
    right('bare idle\nW'),
    right('loaded idle\nW'),
    right('above idle\nW'),
    right('edges\n± %'),
    right('gain\n± %'),
    right('counter -\npower, %'),
    { title: 'from' },
  ];
  const rows = [...devices].map(([id, { domains, durationsS }]) => {
    const mean = (of: (domain: EnergyDomain, index: number) => number | null) =>
      figure(meanOf(domains.map(of)));
    const percent = (part: number | null, whole: number | null) =>
      part === null || whole === null || whole === 0 ? null : (100 * part) / whole;
    return [
      shortId(id),
      mean(({ meanPowerW }) => meanPowerW),
      mean(({ maxPowerW }) => maxPowerW),
      mean(({ idle }) => idle.bare?.watts ?? null),
      mean(({ idle }) => idle.loaded?.watts ?? null),
      mean(({ adjustedJ }, index) =>
        adjustedJ === null ? null : adjustedJ / (durationsS[index] ?? Number.NaN),
      ),
      mean(({ edgeJ, joules }) => percent(edgeJ, joules)),
      mean(({ gainRel }) => percent(gainRel, 1)),
      mean(({ divergence }) => percent(divergence, 1)),
      [...new Set(domains.map(({ quality }) => quality ?? '–'))].join(', '),
    ];
  });
  return grid(columns, rows);
}

/** Empty where no GPU was billed. */
function stateTable(devices: ReadonlyMap<string, OfDevice>): string {
  const rows = [...devices].flatMap(([id, { states }]) => {
    if (states.length === 0) return [];
    const mean = (of: (state: DeviceState) => number | null) => figure(meanOf(states.map(of)));
    const peakBytes = meanOf(
      states.map(({ memoryBytes }) => (memoryBytes ? memoryBytes.peak - memoryBytes.before : null)),
    );
    return [
      [
        shortId(id),
        mean(({ temperatureC }) => temperatureC?.start ?? null),
        mean(({ temperatureC }) => temperatureC?.max ?? null),
        mean(({ clockMHz }) => clockMHz?.mean ?? null),
        mean(({ utilization }) => (utilization === null ? null : utilization * 100)),
        peakBytes === null ? '–' : bytes(Math.max(0, peakBytes)),
        throttleText(states),
      ],
    ];
  });
  if (rows.length === 0) return '';
  const columns = [
    { title: 'device' },
    right('start\n°C'),
    right('highest\n°C'),
    right('clock\nMHz'),
    right('busy\n%'),
    right('memory\ntaken'),
    { title: 'held down by', width: 34 },
  ];
  return grid(columns, rows);
}

/** Seconds of the run in which each reason lasted longest; nothing running and nothing known are none. */
function throttleText(states: readonly DeviceState[]): string {
  const known = states.flatMap(({ throttleS }) => (throttleS ? [throttleS] : []));
  if (known.length === 0) return '–';
  const longest = new Map<string, number>();
  for (const [reason, seconds] of known.flatMap((one) => Object.entries(one))) {
    if (reason !== 'idle' && seconds > 0) longest.set(reason, Math.max(longest.get(reason) ?? 0, seconds));
  }
  return longest.size === 0
    ? 'nothing'
    : [...longest].map(([reason, seconds]) => `${reason} ${figure(seconds)} s`).join(', ');
}

function shortId(id: string): string {
  const text = oneLine(id);
  return text.length <= ID_WIDTH ? text : `${truncate(text, ID_WIDTH - ID_END)}${text.slice(-ID_END)}`;
}

/** Null where no run has a value. */
function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
