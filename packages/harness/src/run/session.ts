/** What the runs of one `execute` share. */
import { llemError, type Artifacts, type DatasetFacts, type RunRecord } from '@llem/core';
import { unknownGpus } from '../devices/selection.js';
import { createBareIdleStore, type BareIdleStore } from '../energy/idle.js';
import { surveyForPlan, type UsableMeter } from '../energy/meters.js';
import { unmetRequirement } from '../energy/requirement.js';
import { describeHost, sessionId } from '../host.js';
import type { ExecuteRequest } from '../request.js';
import type { Serving } from '../service/serve.js';

export interface Session {
  readonly request: ExecuteRequest;
  readonly meters: readonly UsableMeter[];
  readonly bareIdle: BareIdleStore;
  readonly host: RunRecord['host'];
  readonly id: string;
  /** What `prepare` gave, by experiment id: files do not change between the cycles of a study. */
  readonly artifacts: Map<string, Artifacts>;
  /** What is known of the data sets, by experiment id. */
  readonly datasets: Map<string, DatasetFacts>;
  /** The service that a run has left for the next one. */
  readonly kept: { serving: Serving | null };
}

/**
 * Throws LLEM_E_METER when a meter that the study names does not work, a GPU is not there, or energy must be measured and cannot be:
 * also without preflight, a study never measures something else than it says.
 */
export async function openSession(request: ExecuteRequest): Promise<Session> {
  const { plan, plugins, signal } = request;
  const { usable, findings } = await surveyForPlan(request);
  const unmet = [
    ...findings,
    ...unmetRequirement(plan, plugins, usable),
    ...unknownGpus(plan, plugins, usable),
  ].find(({ status }) => status === 'failed');
  // Checks that were interrupted have failed for that; nothing will be measured.
  if (unmet && !signal.aborted) throw llemError('LLEM_E_METER', unmet.message, { remedy: unmet.remedy });
  return {
    request,
    meters: usable,
    bareIdle: createBareIdleStore(),
    host: await describeHost(request.versions),
    id: await sessionId(),
    artifacts: new Map(request.artifacts),
    datasets: new Map(request.datasets),
    kept: { serving: null },
  };
}
