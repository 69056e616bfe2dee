/** The measured part of a record, from what a run has gathered. Pure. */
import type { Measurement } from '@llem/core';
import type { LoadTrace } from '@llem/loadgen';
import {
  deviceEnergy,
  energyDomains,
  energyTotals,
  headlineScope,
  type IdlePower,
} from '../energy/domains.js';
import type { UsableMeter } from '../energy/meters.js';
import { durationS, type Interval } from '../energy/series.js';
import type { ChannelSeries } from '../sampler/thread.js';
import { accountWindow } from '../window/accounting.js';
import type { RunClock } from './tables.js';
import type { WindowMarks } from './window.js';

export interface Gathered {
  readonly trace: LoadTrace;
  readonly marks: WindowMarks;
  readonly warmup: Measurement['window']['warmup'];
  readonly gapS: number;
  readonly meters: readonly UsableMeter[];
  readonly channels: readonly ChannelSeries[];
  readonly idleOf: (deviceId: string) => IdlePower | null;
  readonly gpusUsed: boolean;
  readonly eventPerToken: boolean;
  readonly ticks: { lateTicks: number; missedTicks: number };
  readonly clock: RunClock;
}

export function measurementOf(gathered: Gathered): Measurement {
  const { trace, marks, meters, channels, clock } = gathered;
  const account = accountWindow(trace, gathered.eventPerToken);
  const seconds = durationS(marks);
  const work = {
    outputTokens: account.tokens.output,
    inputTokens: account.tokens.input,
    requests: account.requests.completedInside,
  };
  const domains = energyDomains(meters, channels, marks, gathered.idleOf);
  const totals = energyTotals(domains, seconds, work);
  const headline = headlineScope(new Set(domains.map((domain) => domain.scope)), gathered.gpusUsed);
  const headlineTotal = headline ? totals[headline] : null;
  return {
    window: {
      kind: 'steady',
      startNs: clock(marks.startNs) * 1e9,
      endNs: clock(marks.endNs) * 1e9,
      durationS: seconds,
      wallStart: marks.wallStart,
      warmup: gathered.warmup,
      gap: { seconds: gathered.gapS },
    },
    requests: account.requests,
    tokens: account.tokens,
    latency: account.latency,
    throughput: account.throughput,
    energy: {
      domains,
      totals,
      headline,
      joulesPerOutputToken: headlineTotal?.joulesPerOutputToken ?? null,
      joulesPerToken: headlineTotal?.joulesPerToken ?? null,
      joulesPerRequest: headlineTotal?.joulesPerRequest ?? null,
      wholeRun: wholeRun(gathered, account.wholeRun, headline),
    },
    harness: {
      cpuS: marks.cpuS,
      loadThreadUtilization: trace.threadUtilization,
      lateTicks: gathered.ticks.lateTicks,
      missedTicks: gathered.ticks.missedTicks,
    },
  };
}

/** First send to last token, with the energy of the headline's devices over just that time. */
function wholeRun(
  { trace, meters, channels }: Gathered,
  whole: ReturnType<typeof accountWindow>['wholeRun'],
  headline: Measurement['energy']['headline'],
): Measurement['energy']['wholeRun'] {
  const interval: Interval = {
    startNs: trace.originNs + BigInt(Math.round(whole.startNs)),
    endNs: trace.originNs + BigInt(Math.round(whole.endNs)),
  };
  const figures = meters
    .flatMap((meter) => meter.devices)
    .filter((device) => device.scope === headline)
    .map((device) => deviceEnergy(device.id, channels, interval)?.joules ?? null);
  const known = figures.filter((joules) => joules !== null);
  const joules =
    known.length > 0 && known.length === figures.length ? known.reduce((sum, one) => sum + one, 0) : null;
  return {
    durationS: durationS(interval),
    outputTokens: whole.outputTokens,
    inputTokens: whole.inputTokens,
    joules,
    joulesPerOutputToken: joules !== null && whole.outputTokens > 0 ? joules / whole.outputTokens : null,
  };
}
