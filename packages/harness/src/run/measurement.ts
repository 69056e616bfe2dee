/** The measured part of a record, from what a run has gathered. Pure. */
import type { Gap, Measurement, Settle } from '@llem/core';
import { usersOf } from '../devices/company.js';
import { gpusOf } from '../devices/selection.js';
import { deviceStates } from '../devices/state.js';
import { partsOfPowerW } from '../energy/device.js';
import { energyDomains, energyTotals, headlineScope, scopeTotal } from '../energy/domains.js';
import { idleReading, type BareIdleStore } from '../energy/idle.js';
import type { UsableMeter } from '../energy/meters.js';
import { durationS, type Interval } from '../energy/series.js';
import type { ChannelSeries } from '../sampler/thread.js';
import { compareCounter } from '../server/counter.js';
import { serverFigures } from '../server/figures.js';
import { requestsOfOthers, type OthersSeen } from '../server/others.js';
import type { Scrape } from '../server/scrape.js';
import { accountWindow, WINDOW_PARTS, type WindowAccount } from '../window/accounting.js';
import { overloadOf, type Overload } from '../window/overload.js';
import type { SloOutcome } from '../window/slo.js';
import type { Held } from './context.js';
import { rateOf } from './load-level.js';

export interface Gathered extends Held {
  readonly gap: Gap;
  readonly meters: readonly UsableMeter[];
  readonly channels: readonly ChannelSeries[];
  readonly scrapes: readonly Scrape[];
  readonly bareIdle: Pick<BareIdleStore, 'get' | 'settledBefore'>;
  readonly headlineIds: readonly string[];
  readonly gpusUsed: boolean;
  readonly attached: Omit<AttachedServer, 'others'> | null;
  readonly tellsMetrics: boolean;
  /** `process.hrtime.bigint()` at the start of the run. */
  readonly runStartNs: bigint;
}

/** A server that llem did not start. */
export interface AttachedServer {
  /** Whether it had requests of others to answer when the run came to it; null where it did not get so far. */
  readonly wasBusy: boolean | null;
  /** Whether it is on this machine, so that energy is billed to it. */
  readonly isBilled: boolean;
  /** Requests of others inside the window; null where it does not tell what it works at. */
  readonly others: OthersSeen | null;
}

/** The measurement, and what a verdict wants to know beside it. */
export interface Measured {
  readonly measurement: Measurement;
  /** Null of a server that llem has started. */
  readonly attached: AttachedServer | null;
  /** Null in a closed loop, which cannot be overloaded. */
  readonly overload: Overload | null;
  /** Of the requests sent inside the window, in the order of sending; null without an SLO. */
  readonly sloOutcomes: readonly SloOutcome[] | null;
  /** How late requests were sent at p99 for want of time in the client, ms. */
  readonly sentLateP99Ms: number | null;
  /** Median time of the conversations that were completed inside the window, s; null of none. */
  readonly conversationP50S: number | null;
  /** Of each device of the headline, whether its power had come to rest before its bare idle; null where it has none. */
  readonly settledBeforeBareIdle: readonly (Settle['reached'] | null)[];
  /** Power of the headline's devices in equal parts of the window, W; null when it cannot be told. */
  readonly powerByPartW: readonly number[] | null;
  /** True when the backend says where its engine's metrics are. */
  readonly tellsMetrics: boolean;
  /** Why figures of the server are null, by their names. */
  readonly serverReasons: Readonly<Record<string, string>>;
  /** GPUs that the engine was seen on; a sentence's part where nobody can tell. */
  readonly engineGpus: readonly string[] | string;
  /** Billed GPUs on which MIG is on. */
  readonly partitionedGpus: readonly string[];
  /** Of the whole machine; null where it does not tell. */
  readonly machineCores: number | null;
  /** Why figures of devices are null, by their paths below `measurement`. */
  readonly deviceReasons: Readonly<Record<string, string>>;
}

export async function measurementOf(gathered: Gathered): Promise<Measured> {
  const { trace, marks, meters, channels, runStartNs, workload, headlineIds } = gathered;
  const account = await accountWindow(trace, workload, gathered.eventPerToken);
  const seconds = durationS(marks);
  const work = {
    outputTokens: account.tokens.output,
    inputTokens: account.tokens.input,
    requests: account.requests.completedInside,
  };
  const { bareIdle, loadedIdle } = gathered;
  const domains = energyDomains(meters, channels, marks, (id) => ({
    bare: bareIdle.get(id),
    loaded: loadedIdle && idleReading(id, channels, loadedIdle),
  }));
  const totals = energyTotals(domains, seconds, work);
  const headline = headlineScope(new Set(domains.map((domain) => domain.scope)), gathered.gpusUsed);
  const headlineTotal = headline ? totals[headline] : null;
  const server = serverFigures(gathered.scrapes, marks);
  const gpus = gpusOf(meters);
  const users = usersOf(
    gpus.map(({ id }) => id),
    gathered.company,
  );
  const foreign = gpus.map(({ id }) => users.foreign.get(id) ?? 'unknown');
  const states = deviceStates(gpus, channels, marks, gathered.memoryBefore);
  const measurement: Measurement = {
    window: {
      kind: 'steady',
      startNs: Number(marks.startNs - runStartNs),
      endNs: Number(marks.endNs - runStartNs),
      durationS: seconds,
      wallStart: marks.wallStart,
      warmup: gathered.warmup,
      gap: gathered.gap,
      settle: gathered.settle,
      cacheReset: gathered.cacheReset,
    },
    load: { concurrency: workload.concurrency, ratePerS: rateOf(workload), threads: trace.threads },
    requests: account.requests,
    tokens: { ...account.tokens, counter: compareCounter(gathered.scrapes, trace) },
    latency: account.latency,
    throughput: account.throughput,
    server: server.figures,
    energy: {
      domains,
      totals,
      headline,
      joulesPerOutputToken: headlineTotal?.joulesPerOutputToken ?? null,
      joulesPerToken: headlineTotal?.joulesPerToken ?? null,
      joulesPerRequest: headlineTotal?.joulesPerRequest ?? null,
      wholeRun: wholeRun(gathered, account.wholeRun, headline),
    },
    memory: states.memory,
    thermal: states.thermal,
    devices: states.devices.map((state, index) => {
      const list = foreign[index] ?? 'unknown';
      return { ...state, foreignProcesses: typeof list === 'string' ? null : list };
    }),
    harness: {
      cpuS: marks.cpuS,
      foreignCpu: marks.foreignCpu,
      neighbours: gathered.company.neighbours && [...gathered.company.neighbours],
      loadThreadUtilization: trace.threadUtilization,
      arrivalClock: trace.arrivalClock,
      ...marks.sampled,
    },
  };
  return {
    measurement,
    attached: gathered.attached && {
      ...gathered.attached,
      others: requestsOfOthers(gathered.scrapes, trace),
    },
    overload: workload.arrival ? overloadOf(trace, rateOf(workload)) : null,
    sloOutcomes: account.sloOutcomes,
    sentLateP99Ms: account.sentLateP99Ms,
    conversationP50S: account.conversationP50S,
    settledBeforeBareIdle: headlineIds.map((id) => bareIdle.settledBefore(id)),
    powerByPartW: partsOfPowerW(headlineIds, channels, marks, WINDOW_PARTS),
    tellsMetrics: gathered.tellsMetrics,
    serverReasons: server.reasons,
    engineGpus: users.engineGpus,
    partitionedGpus: gpus.filter(({ gpu }) => gpu?.partitioned === true).map(({ id }) => id),
    machineCores: marks.machineCores,
    deviceReasons: {
      ...states.reasons,
      ...Object.fromEntries(
        foreign.flatMap((list, index) =>
          typeof list === 'string' ? [[`devices.${index}.foreignProcesses`, list] as const] : [],
        ),
      ),
    },
  };
}

/** First send to last token, with the energy of the headline's devices over just that time. */
function wholeRun(
  { trace, meters, channels }: Gathered,
  whole: WindowAccount['wholeRun'],
  headline: Measurement['energy']['headline'],
): Measurement['energy']['wholeRun'] {
  const interval: Interval = {
    startNs: trace.originNs + BigInt(Math.round(whole.startNs)),
    endNs: trace.originNs + BigInt(Math.round(whole.endNs)),
  };
  const work = { outputTokens: whole.outputTokens, inputTokens: whole.inputTokens, requests: 0 };
  const domains = energyDomains(meters, channels, interval, () => ({ bare: null, loaded: null }));
  const total = headline ? scopeTotal(domains, headline, durationS(interval), work) : null;
  return {
    durationS: durationS(interval),
    outputTokens: whole.outputTokens,
    inputTokens: whole.inputTokens,
    joules: total?.joules ?? null,
    joulesPerOutputToken: total?.joulesPerOutputToken ?? null,
  };
}
