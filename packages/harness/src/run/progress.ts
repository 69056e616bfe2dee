/** Tells what a run is doing, twice a second, from counters that are there anyway. */
import type { Emit, Phase } from '@llem/core';
import type { LoadCounters } from '@llem/loadgen';
import { sumOfPowerW } from '../energy/device.js';
import { hottestC } from '../energy/temperature.js';
import type { Sampler } from '../sampler/thread.js';

const PERIOD_MS = 500;
/** Rates are told over this long. */
const RATE_OVER_S = 2;

export interface ProgressSources {
  /** The load that is on; `offeredPerS` is null in a closed loop. */
  load: { readonly counters: () => LoadCounters; readonly offeredPerS: number | null } | null;
  sampler: Sampler | null;
}

export interface Progress {
  /** Begins a phase; `expectedS` is null when nobody can tell. `untilC` is what a gap waits for. */
  phase(phase: Phase, expectedS: number | null, untilC?: number): void;
  /** The phase that is under way. */
  current(): Phase;
  stop(): void;
}

/** `sources` may be filled in as they come into being. */
export function createProgress(
  runId: string,
  headlineDeviceIds: readonly string[],
  sources: ProgressSources,
  emit: Emit,
): Progress {
  let phase: Phase = 'prepare';
  let sinceNs = process.hrtime.bigint();
  let history: { atNs: bigint; chunks: number }[] = [];
  /** Whose chunks the history counts. */
  let load: ProgressSources['load'] = null;

  const power = (nowNs: bigint): { watts: number | null; estimated: boolean } => {
    const channels = sources.sampler?.channels() ?? [];
    const interval = { startNs: nowNs - BigInt((RATE_OVER_S + 0.5) * 1e9), endNs: nowNs - 500_000_000n };
    const watts = sumOfPowerW(headlineDeviceIds, channels, interval);
    const estimated = channels.some(
      ({ channel }) =>
        headlineDeviceIds.includes(channel.deviceId) && channel.quantity === 'energyJ' && !channel.measured,
    );
    return { watts, estimated };
  };

  const tell = () => {
    const nowNs = process.hrtime.bigint();
    if (sources.load !== load) history = [];
    load = sources.load;
    const counters = load?.counters() ?? null;
    let tokensPerS: number | null = null;
    if (counters) {
      history = [
        ...history.filter((at) => Number(nowNs - at.atNs) / 1e9 <= RATE_OVER_S),
        { atNs: nowNs, chunks: counters.chunks },
      ];
      const [oldest] = history;
      const seconds = oldest ? Number(nowNs - oldest.atNs) / 1e9 : 0;
      if (oldest && seconds > 0) tokensPerS = (counters.chunks - oldest.chunks) / seconds;
    }
    const { watts, estimated } = power(nowNs);
    emit({
      type: 'progress',
      runId,
      phase,
      elapsedS: Number(nowNs - sinceNs) / 1e9,
      inFlight: counters?.inFlight ?? 0,
      completed: counters?.completed ?? 0,
      failed: counters?.failed ?? 0,
      outputTokensPerS: tokensPerS,
      offeredPerS: load?.offeredPerS ?? null,
      powerW: watts,
      powerEstimated: estimated,
      temperatureC: hottestC(sources.sampler?.channels() ?? [], nowNs),
    });
  };
  const timer = setInterval(tell, PERIOD_MS);

  return {
    phase(next, expectedS, untilC) {
      phase = next;
      sinceNs = process.hrtime.bigint();
      emit({ type: 'phase', runId, phase, expectedS, ...(untilC === undefined ? {} : { untilC }) });
    },
    current: () => phase,
    stop: () => clearInterval(timer),
  };
}
