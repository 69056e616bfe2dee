/** Which meters are read, and which of their devices: measured before estimated, and what the experiment names. */
import {
  createInstance,
  failed,
  isLlemError,
  llemError,
  QUANTITIES,
  runCheck,
  SCOPES,
  tellsEnergy,
  warning,
  type Channel,
  type Device,
  type DeviceSelection,
  type EnergySettings,
  type Finding,
  type Meter,
  type PluginContext,
  type PluginRef,
} from '@llem/core';
import { chooseGpus, devicesOf } from '../devices/selection.js';
import type { HarnessRequest } from '../request.js';
import type { SampledMeter } from '../sampler/worker.js';

/** A check may take this long. */
export const CHECK_LIMIT_MS = 30_000;

/** A meter that works here, with everything it can read. */
export interface UsableMeter {
  readonly ref: PluginRef;
  readonly devices: readonly Device[];
  readonly channels: readonly Channel[];
  /** Who uses these devices; left out where the meter never tells. */
  readonly processes?: Meter['processes'];
}

/** A finding with the id of its check. */
export type NamedFinding = Finding & { readonly id: string };

export interface MeterSurvey {
  readonly usable: readonly UsableMeter[];
  readonly findings: readonly NamedFinding[];
}

/**
 * Asks every meter whether it works here. A meter that the study names and that does not work is a failed finding; one
 * that `auto` tried is left out with a note, and without one where the machine has nothing for it. An estimate is dropped for every scope that something measures.
 */
export async function surveyMeters(
  refs: readonly PluginRef[],
  settings: EnergySettings,
  context: PluginContext,
  signal: AbortSignal,
): Promise<MeterSurvey> {
  const named = settings.meters !== 'auto';
  const findings: NamedFinding[] = [];
  const working: UsableMeter[] = [];
  for (const ref of refs) {
    const { meter, found } = await look(ref, context, signal);
    findings.push(...(named ? found : found.filter(({ absent }) => absent !== true).map(asLeftOutIfFailed)));
    if (meter) working.push(meter);
  }
  const usable = preferMeasured(working, named);
  if (usable.length === 0) {
    const why = refs.length === 0 ? 'The study names no meter' : 'No meter works on this machine';
    const remedy = 'Run `llem doctor` to see what each meter needs, and leave `energy.meters` at auto.';
    findings.push({ id: 'energy.meters', ...warning(`${why}; energy will be null.`, remedy) });
  }
  return { usable, findings };
}

/** The meters of a plan. None is asked where nothing of this machine is billed. */
export async function surveyForPlan({
  plan,
  plugins,
  signal,
}: Pick<HarnessRequest, 'plan' | 'plugins' | 'signal'>): Promise<MeterSurvey> {
  const { experiments, energy } = plan;
  if (experiments.length > 0 && experiments.every((one) => devicesOf(one, plugins) === null))
    return { usable: [], findings: [] };
  return surveyMeters(plugins.meters, energy, plugins.context, signal);
}

/** A meter that passed its checks, with what it reads; null with the reason where it cannot be used. Never rejects. */
async function look(
  ref: PluginRef,
  context: PluginContext,
  signal: AbortSignal,
): Promise<{ meter: UsableMeter | null; found: NamedFinding[] }> {
  try {
    const module: unknown = await import(ref.moduleUrl);
    const meter = createInstance('meter', ref.id, module, context, ref.options);
    const found = await Promise.all(
      meter
        .checks()
        .map(async (check) => ({ id: check.id, ...(await runCheck(check, CHECK_LIMIT_MS, signal)) })),
    );
    if (found.some((finding) => finding.status === 'failed')) return { meter: null, found };
    const all = meter.devices();
    const devices = all.filter(({ scope }) => SCOPES.some((known) => known === scope));
    const processes = meter.processes && ((of: readonly Device[]) => meter.processes?.(of) ?? null);
    const offered = meter.channels(devices);
    const channels = offered.filter(({ quantity }) => QUANTITIES.some((known) => known === quantity));
    refuseSenseless(channels);
    const strange = [
      ...all.filter((one) => !devices.includes(one)).map(({ id, scope }) => `${id} (scope "${scope}")`),
      ...offered
        .filter((one) => !channels.includes(one))
        .map(({ deviceId, quantity }) => `${deviceId} (quantity "${quantity}")`),
    ];
    if (strange.length > 0) found.push(notUsed(ref, strange));
    return { meter: { ref, devices, channels, ...(processes ? { processes } : {}) }, found };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const remedy = isLlemError(error) ? error.remedy : 'Update the plugin, or tell its author.';
    return { meter: null, found: [{ id: `${ref.id}.usable`, ...failed(message, remedy) }] };
  }
}

/** As of a plugin of a kind that llem does not know: a later one may have more scopes and quantities. */
function notUsed({ id }: PluginRef, strange: readonly string[]): NamedFinding {
  const message = `The meter "${id}" tells more than this llem reads, and that is left out: ${strange.join(', ')}.`;
  return { id: `${id}.known`, ...warning(message, 'Update llem, or tell the author of the plugin.') };
}

/** Throws LLEM_E_METER for a channel that the sampler could not keep a schedule for, or whose error would be no number. */
function refuseSenseless(channels: readonly Channel[]): void {
  for (const { deviceId, quantity, minPeriodMs, resolution, accuracyRel } of channels) {
    for (const [name, value] of Object.entries({ minPeriodMs, resolution, accuracyRel })) {
      if (Number.isFinite(value) && value >= 0) continue;
      throw llemError('LLEM_E_METER', `The channel ${quantity} of ${deviceId} has ${name} ${value}.`, {
        remedy: 'Update the plugin, or tell its author: it takes a number that is not negative.',
      });
    }
  }
}

function asLeftOutIfFailed(finding: NamedFinding): NamedFinding {
  if (finding.status !== 'failed') return finding;
  return { ...finding, status: 'warning', message: `${finding.message} This meter is left out.` };
}

/** True when a device's energy or power comes from a measurement. */
export function isMeasured(meters: readonly UsableMeter[], deviceId: string): boolean {
  return meters.some((meter) =>
    meter.channels.some(
      (channel) => channel.deviceId === deviceId && channel.measured && tellsEnergy(channel),
    ),
  );
}

/** Drops estimated devices of scopes that another meter measures, unless the study names its meters itself. */
export function preferMeasured(meters: readonly UsableMeter[], named: boolean): UsableMeter[] {
  if (named) return [...meters];
  const devices = meters.flatMap((meter) => meter.devices);
  const measuredScopes = new Set(
    devices.filter((device) => isMeasured(meters, device.id)).map((device) => device.scope),
  );
  return meters
    .map((meter) =>
      keepDevices(meter, (device) => isMeasured(meters, device.id) || !measuredScopes.has(device.scope)),
    )
    .filter((meter) => meter.devices.length > 0);
}

/** The devices that an experiment is billed for: the GPUs it names, and every domain of the host; none where the selection is null. */
export function billedMeters(
  meters: readonly UsableMeter[],
  selection: DeviceSelection | null,
): UsableMeter[] {
  if (selection === null) return [];
  const billed = new Set(chooseGpus(meters, selection).billed.map(({ id }) => id));
  return meters
    .map((meter) => keepDevices(meter, ({ scope, id }) => scope !== 'gpu' || billed.has(id)))
    .filter((meter) => meter.devices.length > 0);
}

function keepDevices(meter: UsableMeter, keep: (device: Device) => boolean): UsableMeter {
  const devices = meter.devices.filter(keep);
  const ids = new Set(devices.map((device) => device.id));
  return { ...meter, devices, channels: meter.channels.filter((channel) => ids.has(channel.deviceId)) };
}

/** What the sampler thread is given. */
export function sampledMeters(meters: readonly UsableMeter[]): SampledMeter[] {
  return meters.map(({ ref, channels }) => ({ ref, channels }));
}
