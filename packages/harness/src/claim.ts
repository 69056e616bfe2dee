/** What of the machine a study needs for itself, so that two never measure the same at once. */
import type { DeviceSelection } from '@llem/core';
import { devicesOf } from './devices/selection.js';
import { headlineDevices } from './energy/domains.js';
import { billedMeters, surveyForPlan, type UsableMeter } from './energy/meters.js';
import type { HarnessRequest } from './request.js';

export interface Claim {
  /** Ids of the GPUs that the study is billed for, sorted; nobody else may use them. */
  readonly gpus: readonly string[];
  /**
   * `alone`: a figure that others' work on the processor would spoil. `beside`: the headline is that of GPUs, and the
   * processor only sends the load; studies on other GPUs may run at the same time.
   */
  readonly processor: 'alone' | 'beside';
}

/** Asks the meters that the plan uses which devices there are. Never rejects but for an interruption. */
export async function claimOfPlan(
  request: Pick<HarnessRequest, 'plan' | 'plugins' | 'signal'>,
): Promise<Claim> {
  const { plan, plugins } = request;
  const { usable } = await surveyForPlan(request);
  return claimOf(
    plan.experiments.map((experiment) => devicesOf(experiment, plugins)),
    usable,
  );
}

/**
 * Of experiments on these devices. A study whose GPUs no meter knows takes the whole machine, as one on the processor does. One that is
 * billed for nothing (null) sends its load from here, and no more.
 */
export function claimOf(
  selections: readonly (DeviceSelection | null)[],
  meters: readonly UsableMeter[],
): Claim {
  const gpus = new Set<string>();
  let processor: Claim['processor'] = 'beside';
  for (const selection of selections) {
    if (selection === null) continue;
    const billed = billedMeters(meters, selection);
    for (const { devices } of billed) {
      for (const { id, scope } of devices) if (scope === 'gpu') gpus.add(id);
    }
    const headline = headlineDevices(billed, selection !== 'none');
    if (headline.length === 0 || headline.some(({ scope }) => scope !== 'gpu')) processor = 'alone';
  }
  return { gpus: [...gpus].sort(), processor };
}
