/** Which meters are read, and which of their devices: measured before estimated, and what the experiment names. */
import {
  createInstance,
  type Channel,
  type Device,
  type DeviceSelection,
  type EnergySettings,
  type Finding,
  type Meter,
  type PluginContext,
  type PluginRef,
} from '@llem/core';
import type { SampledMeter } from '../sampler/worker.js';

/** Ordinary polling is no faster than this, edge polling no faster than that, in milliseconds. */
const SHORTEST_PERIOD_MS = 100;
const SHORTEST_EDGE_PERIOD_MS = 10;

/** A meter that works here, with everything it can read. */
export interface UsableMeter {
  readonly ref: PluginRef;
  readonly devices: readonly Device[];
  readonly channels: readonly Channel[];
}

export interface MeterSurvey {
  readonly usable: readonly UsableMeter[];
  readonly findings: readonly (Finding & { readonly id: string })[];
}

/**
 * Asks every meter whether it works here. A meter that the study names and that does not work is a failed finding; one
 * that `auto` tried is left out with a note. An estimate is dropped for every scope that something measures.
 */
export async function surveyMeters(
  refs: readonly PluginRef[],
  settings: EnergySettings,
  context: PluginContext,
  signal: AbortSignal,
): Promise<MeterSurvey> {
  const named = settings.meters !== 'auto';
  const findings: (Finding & { id: string })[] = [];
  const working: UsableMeter[] = [];
  for (const ref of refs) {
    const module: unknown = await import(ref.moduleUrl);
    const meter = createInstance('meter', ref.id, module, context, ref.options);
    const found = await runChecks(meter, signal);
    const failed = found.filter((finding) => finding.status === 'failed');
    findings.push(
      ...found.map((finding) => (named || finding.status !== 'failed' ? finding : asLeftOut(finding))),
    );
    if (failed.length > 0) continue;
    const devices = meter.devices();
    working.push({ ref, devices, channels: meter.channels(devices) });
  }
  const usable = preferMeasured(working, named);
  if (usable.length === 0) {
    findings.push({
      id: 'energy.meters',
      status: settings.require === 'measured' ? 'failed' : 'warning',
      message: 'No meter works on this machine; energy will be null.',
      remedy: 'Run `llem doctor` to see what each meter needs.',
    });
  } else if (settings.require === 'measured' && !usable.some(isMeasured)) {
    findings.push({
      id: 'energy.require',
      status: 'failed',
      message: 'The study requires measured energy, and here it could only be estimated.',
      remedy:
        'Run `llem doctor` to see what a meter needs, or set `energy: { require: any }` to accept an estimate.',
    });
  }
  return { usable, findings };
}

async function runChecks(meter: Meter, signal: AbortSignal): Promise<(Finding & { id: string })[]> {
  return Promise.all(meter.checks().map(async (check) => ({ id: check.id, ...(await check.run(signal)) })));
}

function asLeftOut(finding: Finding & { id: string }): Finding & { id: string } {
  return { ...finding, status: 'warning', message: `${finding.message} This meter is left out.` };
}

function isMeasured(meter: UsableMeter): boolean {
  return meter.channels.some((channel) => channel.measured && channel.quantity !== 'temperatureC');
}

/** Drops estimated devices of scopes that another meter measures, unless the study names its meters itself. */
export function preferMeasured(meters: readonly UsableMeter[], named: boolean): UsableMeter[] {
  if (named) return [...meters];
  const measuredScopes = new Set(
    meters.filter(isMeasured).flatMap((meter) => meter.devices.map((device) => device.scope)),
  );
  return meters
    .map((meter) =>
      isMeasured(meter) ? meter : keepDevices(meter, (device) => !measuredScopes.has(device.scope)),
    )
    .filter((meter) => meter.devices.length > 0);
}

/** The devices that an experiment is billed for: the GPUs it names, and every domain of the host. */
export function billedMeters(meters: readonly UsableMeter[], selection: DeviceSelection): UsableMeter[] {
  return meters
    .map((meter) => {
      const gpus = meter.devices.filter((device) => device.scope === 'gpu');
      return keepDevices(
        meter,
        (device) => device.scope !== 'gpu' || isSelected(device, gpus.indexOf(device), selection),
      );
    })
    .filter((meter) => meter.devices.length > 0);
}

function isSelected(device: Device, index: number, selection: DeviceSelection): boolean {
  if (selection === 'all') return true;
  if (selection === 'none') return false;
  return selection.some((wanted) =>
    typeof wanted === 'number' ? wanted === index : device.id === `gpu:${wanted}`,
  );
}

function keepDevices(meter: UsableMeter, keep: (device: Device) => boolean): UsableMeter {
  const devices = meter.devices.filter(keep);
  const ids = new Set(devices.map((device) => device.id));
  return { ...meter, devices, channels: meter.channels.filter((channel) => ids.has(channel.deviceId)) };
}

/** What the sampler thread is given. */
export function sampledMeters(meters: readonly UsableMeter[]): SampledMeter[] {
  return meters.map(({ ref, channels }) => {
    const quickestMs = Math.min(...channels.map((channel) => channel.minPeriodMs));
    return {
      ref,
      channels,
      periodMs: Math.max(SHORTEST_PERIOD_MS, quickestMs),
      edgePeriodMs: Math.max(SHORTEST_EDGE_PERIOD_MS, quickestMs),
    };
  });
}
