/** Energy of an interval: one figure for every domain, totals by scope, and the headline. */
import {
  overlap,
  type Device,
  type EnergyDomain,
  type EnergyQuality,
  type EnergyTotal,
  type Idle,
  type Measurement,
  type Scope,
} from '@llem/core';
import type { ChannelSeries } from '../sampler/thread.js';
import { deviceEnergy, highestPowerW, powerByPart, type DeviceEnergy } from './device.js';
import type { IdleReading, Idles } from './idle.js';
import { isMeasured, type UsableMeter } from './meters.js';
import { durationS, type Interval } from './series.js';

/** Every domain's figure for the window; null with a reason where there is none. */
export function energyDomains(
  meters: readonly UsableMeter[],
  channels: readonly ChannelSeries[],
  window: Interval,
  idleOf: (deviceId: string) => Idles,
): EnergyDomain[] {
  const seconds = durationS(window);
  return meters.flatMap((meter) =>
    meter.devices.map((device): EnergyDomain => {
      const { chosen, quality, counter, integral, divergence, reason } = deviceEnergy(
        device.id,
        channels,
        window,
        device.reasons,
      );
      const { bare, loaded } = idleOf(device.id);
      return {
        id: device.id,
        scope: device.scope,
        name: device.name,
        meter: meter.ref.id,
        joules: chosen?.joules ?? null,
        quality,
        edgeJ: chosen?.edgeJ ?? null,
        gainRel: chosen?.gainRel ?? null,
        counter,
        integral,
        divergence,
        meanPowerW: chosen ? chosen.joules / seconds : null,
        maxPowerW: chosen && maxPowerW(device.id, channels, window),
        samples: chosen?.samples ?? 0,
        idle: { bare: idleAt(bare, window.startNs), loaded: idleAt(loaded, window.startNs) },
        ...adjusted(chosen, loaded, seconds),
        overlaps: [...device.overlaps],
        reason,
      };
    }),
  );
}

/** Of an instant where power is read, else of a second's mean. */
function maxPowerW(deviceId: string, channels: readonly ChannelSeries[], window: Interval): number | null {
  const instant = highestPowerW(deviceId, channels, window);
  if (instant !== null) return instant;
  const parts = powerByPart(deviceId, channels, window, Math.max(1, Math.round(durationS(window))));
  return parts.length > 0 ? Math.max(...parts) : null;
}

/** An idle as a record tells it, at the window's start. */
function idleAt(reading: IdleReading | null, atNs: bigint): Idle | null {
  if (!reading) return null;
  const { watts, sdW, durationS: lastedS, endNs } = reading;
  return { watts, sdW, durationS: lastedS, ageS: Number(atNs - endNs) / 1e9 };
}

/** Energy above loaded idle, with the errors of both; these are independent. */
function adjusted(
  chosen: DeviceEnergy['chosen'],
  loaded: IdleReading | null,
  seconds: number,
): Pick<EnergyDomain, 'adjustedJ' | 'adjustedEdgeJ'> {
  if (!chosen || !loaded) return { adjustedJ: null, adjustedEdgeJ: null };
  const { uncertaintyW } = loaded;
  return {
    adjustedJ: chosen.joules - loaded.watts * seconds,
    adjustedEdgeJ: uncertaintyW === null ? null : Math.hypot(chosen.edgeJ, uncertaintyW * seconds),
  };
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
  let adjustedJ: number | null = 0;
  let edgeSquared = 0;
  let adjustedSquared: number | null = 0;
  let gainJ = 0;
  for (const domain of summed) {
    if (domain.joules === null || domain.edgeJ === null || domain.gainRel === null) return null;
    joules += domain.joules;
    edgeSquared += domain.edgeJ ** 2;
    // Meters of one kind err the same way: their gains add up rather than cancel.
    gainJ += domain.joules * domain.gainRel;
    adjustedJ = adjustedJ === null || domain.adjustedJ === null ? null : adjustedJ + domain.adjustedJ;
    adjustedSquared =
      adjustedSquared === null || domain.adjustedEdgeJ === null
        ? null
        : adjustedSquared + domain.adjustedEdgeJ ** 2;
  }
  const per = (count: number) => (count > 0 ? joules / count : null);
  return {
    joules,
    adjustedJ,
    adjustedEdgeJ: adjustedSquared === null ? null : Math.sqrt(adjustedSquared),
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
