/** The measured part of a record, from what a run has gathered. Pure. */
import type { Measurement } from '@llem/core';
import type { LoadTrace } from '@llem/loadgen';
import { energyDomains, energyTotals, headlineScope, scopeTotal } from '../energy/domains.js';
import { idlePower, type BareIdleStore } from '../energy/idle.js';
import type { UsableMeter } from '../energy/meters.js';
import { durationS, type Interval } from '../energy/series.js';
import type { ChannelSeries } from '../sampler/thread.js';
import { accountWindow } from '../window/accounting.js';
import type { WindowMarks } from './window.js';

export interface Gathered {
  readonly trace: LoadTrace;
  readonly marks: WindowMarks;
  readonly warmup: Measurement['window']['warmup'];
  readonly gapS: number;
  readonly meters: readonly UsableMeter[];
  readonly channels: readonly ChannelSeries[];
  readonly bareIdle: BareIdleStore;
  readonly loadedIdle: Interval | null;
  readonly gpusUsed: boolean;
  readonly eventPerToken: boolean;
  /** `process.hrtime.bigint()` at the start of the run. */
  readonly runStartNs: bigint;
}

export function measurementOf(gathered: Gathered): Measurement {
  const { trace, marks, meters, channels, runStartNs } = gathered;
  const account = accountWindow(trace, gathered.eventPerToken);
  const seconds = durationS(marks);
  const work = {
    outputTokens: account.tokens.output,
    inputTokens: account.tokens.input,
    requests: account.requests.completedInside,
  };
  const domains = energyDomains(meters, channels, marks, (id) =>
    idlePower(id, channels, gathered.bareIdle.get(id), gathered.loadedIdle, marks.startNs),
  );
  const totals = energyTotals(domains, seconds, work);
  const headline = headlineScope(new Set(domains.map((domain) => domain.scope)), gathered.gpusUsed);
  const headlineTotal = headline ? totals[headline] : null;
  return {
    window: {
      kind: 'steady',
      startNs: Number(marks.startNs - runStartNs),
      endNs: Number(marks.endNs - runStartNs),
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
      ...marks.ticks,
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
  const work = { outputTokens: whole.outputTokens, inputTokens: whole.inputTokens, requests: 0 };
  const domains = energyDomains(meters, channels, interval, () => null);
  const total = headline ? scopeTotal(domains, headline, durationS(interval), work) : null;
  return {
    durationS: durationS(interval),
    outputTokens: whole.outputTokens,
    inputTokens: whole.inputTokens,
    joules: total?.joules ?? null,
    joulesPerOutputToken: total?.joulesPerOutputToken ?? null,
  };
}
