/** The pause before a run: for a time, and where the study asks for it until the GPUs have cooled down. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Experiment, Gap, Plan, PlannedRun, RunFolder } from '@llem/core';
import { pauseBeforeS } from '@llem/study';
import { devicesOf } from '../devices/selection.js';
import { billedMeters, sampledMeters } from '../energy/meters.js';
import { hottestC, thermometers } from '../energy/temperature.js';
import { startSampler } from '../sampler/thread.js';
import { createProgress } from './progress.js';
import type { Session } from './session.js';

const LOOK_MS = 250;
/** A thermometer that has told nothing by then will not. */
const LONGEST_SILENCE_S = 5;

export interface GapAsked {
  readonly leastS: number;
  /** Null where no temperature is waited for. */
  readonly untilC: number | null;
  readonly longestS: number;
}

/** Before the first run, which has no previous one, nothing of this study has heated up: it waits for a temperature alone. */
export function gapAsked(
  execution: Plan['execution'],
  run: Pick<PlannedRun, 'cycle'>,
  previous: Pick<PlannedRun, 'cycle'> | null,
): GapAsked {
  const { gaps } = execution;
  const leastS = pauseBeforeS(execution, run, previous);
  const untilC = gaps.until_c === 'none' ? null : gaps.until_c;
  return { leastS, untilC, longestS: Math.max(leastS, gaps.max_s) };
}

/** What a pause has come to after so long; null while it goes on. `temperatureC` is null while nothing tells it. */
export function gapReached(
  { leastS, untilC, longestS }: GapAsked,
  passedS: number,
  temperatureC: number | null,
): Gap['reached'] | null {
  if (passedS < leastS) return null;
  if (untilC === null) return leastS === 0 ? 'none' : 'time';
  if (temperatureC === null) return passedS < leastS + LONGEST_SILENCE_S ? null : 'time';
  if (temperatureC <= untilC) return 'temperature';
  return passedS < longestS ? null : 'cap';
}

/** Pauses before a run; an interruption ends it at once. Never rejects. */
export async function holdGap(
  session: Session,
  experiment: Experiment,
  { runId }: RunFolder,
  run: PlannedRun,
  previous: PlannedRun | null,
): Promise<Gap> {
  const { plan, plugins, emit, signal } = session.request;
  const billed = billedMeters(session.meters, devicesOf(experiment, plugins));
  const told = thermometers(billed);
  const asked = gapAsked(plan.execution, run, previous);
  const gap: GapAsked = told.length === 0 ? { ...asked, untilC: null } : asked;
  const startNs = process.hrtime.bigint();
  const passedS = () => Number(process.hrtime.bigint() - startNs) / 1e9;
  if (gapReached(gap, 0, null) === 'none') return { seconds: 0, reached: 'none', temperatureC: null };

  // The run's own sampler is not there yet; what the gap reads is a value now and then.
  const sampler = gap.untilC === null ? null : startSampler(sampledMeters(told), plugins.context);
  const temperatureC = () => sampler && hottestC(sampler.channels(), process.hrtime.bigint());
  const progress = createProgress(runId, [], { load: null, sampler }, emit);
  progress.phase('gap', gap.leastS, gap.untilC ?? undefined);
  let reached = gapReached(gap, passedS(), temperatureC());
  while (reached === null && !signal.aborted) {
    const leftMs = gap.untilC === null ? (gap.leastS - passedS()) * 1_000 : LOOK_MS;
    await sleep(Math.max(0, leftMs), undefined, { signal }).catch(() => undefined);
    reached = gapReached(gap, passedS(), temperatureC());
  }
  const atEndC = temperatureC();
  progress.stop();
  await sampler?.stop();
  return { seconds: passedS(), reached: reached ?? 'time', temperatureC: atEndC };
}
