/** Energy of an interval: one figure for every domain, totals by scope, and the headline. */
import {
  overlap,
  type Device,
  type EnergyDomain,
  type EnergyQuality,
  type EnergyTotal,
  type Measurement,
  type Quantity,
  type Scope,
} from '@llem/core';
import type { ChannelSeries } from '../sampler/thread.js';
import { isMeasured, type UsableMeter } from './meters.js';
import {
  around,
  counterEnergy,
  durationS,
  integralEnergy,
  wentBackwards,
  type Interval,
  type IntervalEnergy,
} from './series.js';

/** Idle power of one device, W, with what is known of it. */
export interface IdlePower {
  readonly bareW: number | null;
  readonly loadedW: number | null;
  readonly sdW: number | null;
  readonly ageS: number | null;
}

const UNKNOWN_IDLE: IdlePower = { bareW: null, loadedW: null, sdW: null, ageS: null };

interface DeviceEnergy extends IntervalEnergy {
  readonly quality: EnergyQuality;
  readonly gainRel: number;
}

/** Readings so far around an interval are looked at: enough for the slowest meter. */
const MARGIN_NS = 5_000_000_000n;
/** Why a domain has no figure when its counter lost value; the check `negative-energy` looks for it. */
export const COUNTER_WENT_BACKWARDS = 'the counter went backwards inside the window';

/** Energy of a device over an interval by its best channel: a counter before an integral, and no other after a counter that went backwards. */
export function deviceEnergy(
  deviceId: string,
  channels: readonly ChannelSeries[],
  interval: Interval,
): DeviceEnergy | null {
  if (counterWentBackwards(deviceId, channels, interval)) return null;
  for (const quantity of ['energyJ', 'powerW'] as const) {
    const found = channelOf(deviceId, quantity, channels);
    if (!found) continue;
    const series = around(found.series, interval, MARGIN_NS);
    const energy = (quantity === 'energyJ' ? counterEnergy : integralEnergy)(series, interval);
    if (!energy) continue;
    const measuredQuality = quantity === 'energyJ' ? 'counter' : 'integrated';
    return {
      ...energy,
      quality: found.channel.measured ? measuredQuality : 'estimated',
      gainRel: found.channel.accuracyRel,
    };
  }
  return null;
}

function channelOf(
  deviceId: string,
  quantity: Quantity,
  channels: readonly ChannelSeries[],
): ChannelSeries | undefined {
  return channels.find(({ channel }) => channel.deviceId === deviceId && channel.quantity === quantity);
}

function counterWentBackwards(
  deviceId: string,
  channels: readonly ChannelSeries[],
  interval: Interval,
): boolean {
  const counter = channelOf(deviceId, 'energyJ', channels);
  return counter !== undefined && wentBackwards(counter.series, interval);
}

/** Mean power of a device over an interval, W; null when it cannot be told. */
export function meanPowerW(
  deviceId: string,
  channels: readonly ChannelSeries[],
  interval: Interval,
): number | null {
  const energy = deviceEnergy(deviceId, channels, interval);
  return energy && durationS(interval) > 0 ? energy.joules / durationS(interval) : null;
}

/** Mean power of several devices together, W; null unless every one can be told. */
export function sumOfPowerW(
  deviceIds: readonly string[],
  channels: readonly ChannelSeries[],
  interval: Interval,
): number | null {
  let watts = deviceIds.length > 0 ? 0 : null;
  for (const id of deviceIds) {
    const one = meanPowerW(id, channels, interval);
    watts = watts === null || one === null ? null : watts + one;
  }
  return watts;
}

/** Mean power in equal parts of an interval; a part that cannot be told is left out. */
export function powerByPart(
  deviceId: string,
  channels: readonly ChannelSeries[],
  interval: Interval,
  parts: number,
): number[] {
  const step = (interval.endNs - interval.startNs) / BigInt(parts);
  return Array.from({ length: parts }, (_, part) => {
    const startNs = interval.startNs + step * BigInt(part);
    return meanPowerW(deviceId, channels, { startNs, endNs: startNs + step });
  }).filter((watts) => watts !== null);
}

/** Mean power of several devices together in equal parts of an interval, W; null unless all parts of all can be told. */
export function partsOfPowerW(
  deviceIds: readonly string[],
  channels: readonly ChannelSeries[],
  interval: Interval,
  parts: number,
): number[] | null {
  const each = deviceIds.map((id) => powerByPart(id, channels, interval, parts));
  if (each.length === 0 || each.some((watts) => watts.length < parts)) return null;
  return Array.from({ length: parts }, (_, part) => each.reduce((sum, watts) => sum + (watts[part] ?? 0), 0));
}

/** Every domain's figure for the window; null with a reason where there is none. */
export function energyDomains(
  meters: readonly UsableMeter[],
  channels: readonly ChannelSeries[],
  window: Interval,
  idleOf: (deviceId: string) => IdlePower | null,
): EnergyDomain[] {
  const seconds = durationS(window);
  return meters.flatMap((meter) =>
    meter.devices.map((device): EnergyDomain => {
      const energy = deviceEnergy(device.id, channels, window);
      const idle = idleOf(device.id) ?? UNKNOWN_IDLE;
      const parts = powerByPart(device.id, channels, window, Math.max(1, Math.round(seconds)));
      return {
        id: device.id,
        scope: device.scope,
        name: device.name,
        meter: meter.ref.id,
        joules: energy?.joules ?? null,
        quality: energy?.quality ?? null,
        edgeJ: energy?.edgeJ ?? null,
        gainRel: energy?.gainRel ?? null,
        meanPowerW: energy ? energy.joules / seconds : null,
        maxPowerW: parts.length > 0 ? Math.max(...parts) : null,
        samples: energy?.samples ?? 0,
        idle: { ...idle },
        adjustedJ: energy && idle.loadedW !== null ? energy.joules - idle.loadedW * seconds : null,
        overlaps: [...device.overlaps],
        reason: energy ? null : reasonWithout(device, channels, window),
      };
    }),
  );
}

function reasonWithout(device: Device, channels: readonly ChannelSeries[], window: Interval): string {
  if (counterWentBackwards(device.id, channels, window)) return COUNTER_WENT_BACKWARDS;
  return 'no readings on both sides of the window';
}

/** What the tokens and requests of a window are divided into. */
export interface Work {
  readonly outputTokens: number;
  readonly inputTokens: number;
  readonly requests: number;
}

/**
 * The sum of a scope, never over overlapping domains and never an estimate with a measurement. Null when the scope has
 * no domain, or when one of its domains has no figure: a part is not the whole.
 */
export function scopeTotal(
  domains: readonly EnergyDomain[],
  scope: Scope,
  seconds: number,
  work: Work,
): EnergyTotal | null {
  const summed = summable(
    domains.filter((domain) => domain.scope === scope),
    (domain) => domain.quality === 'estimated',
  );
  if (summed.length === 0) return null;

  let joules = 0;
  let idleJ: number | null = 0;
  let edgeSquared = 0;
  let gainJ = 0;
  for (const domain of summed) {
    if (domain.joules === null || domain.edgeJ === null || domain.gainRel === null) return null;
    joules += domain.joules;
    edgeSquared += domain.edgeJ ** 2;
    // Meters of one kind err the same way: their gains add up rather than cancel.
    gainJ += domain.joules * domain.gainRel;
    idleJ = idleJ === null || domain.idle.loadedW === null ? null : idleJ + domain.idle.loadedW * seconds;
  }
  const per = (count: number) => (count > 0 ? joules / count : null);
  return {
    joules,
    adjustedJ: idleJ === null ? null : joules - idleJ,
    quality: worstQuality(summed),
    edgeJ: Math.sqrt(edgeSquared),
    gainRel: joules > 0 ? gainJ / joules : 0,
    meanPowerW: joules / seconds,
    joulesPerOutputToken: per(work.outputTokens),
    joulesPerToken: per(work.outputTokens + work.inputTokens),
    joulesPerRequest: per(work.requests),
  };
}

/** Of the domains of a scope those that may be added: none that overlaps another, no estimate beside a measurement. */
function summable<D extends { readonly id: string; readonly overlaps: readonly string[] }>(
  domains: readonly D[],
  isEstimated: (domain: D) => boolean,
): D[] {
  const measured = domains.filter((domain) => !isEstimated(domain));
  const counted: D[] = [];
  for (const domain of measured.length > 0 ? measured : domains) {
    if (!counted.some((other) => overlap(other, domain))) counted.push(domain);
  }
  return counted;
}

/** The devices behind the headline figure: what power now and steadiness are told of. */
export function headlineDevices(meters: readonly UsableMeter[], gpusUsed: boolean): Device[] {
  const devices = meters.flatMap((meter) => meter.devices);
  const scope = headlineScope(new Set(devices.map((device) => device.scope)), gpusUsed);
  return summable(
    devices.filter((device) => device.scope === scope),
    (device) => !isMeasured(meters, device.id),
  );
}

function worstQuality(domains: readonly EnergyDomain[]): EnergyQuality {
  for (const quality of ['estimated', 'integrated'] as const) {
    if (domains.some((domain) => domain.quality === quality)) return quality;
  }
  return 'counter';
}

type Totals = Measurement['energy']['totals'];
type Headline = Measurement['energy']['headline'];

export function energyTotals(domains: readonly EnergyDomain[], seconds: number, work: Work): Totals {
  return {
    gpu: scopeTotal(domains, 'gpu', seconds, work),
    cpu: scopeTotal(domains, 'cpu', seconds, work),
    dram: scopeTotal(domains, 'dram', seconds, work),
    node: scopeTotal(domains, 'node', seconds, work),
  };
}

/**
 * The scope that comparisons use: gpu where GPUs are used, else cpu, else node. Null where GPUs are used and nothing
 * meters them: the processor's share alone would flatter.
 */
export function headlineScope(scopes: ReadonlySet<Scope>, gpusUsed: boolean): Headline {
  if (gpusUsed) return scopes.has('gpu') ? 'gpu' : null;
  if (scopes.has('cpu')) return 'cpu';
  return scopes.has('node') ? 'node' : null;
}
