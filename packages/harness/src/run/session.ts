/** What the runs of one `execute` share. */
import type { Artifacts, RunRecord } from '@llem/core';
import { createBareIdleStore, type BareIdleStore } from '../energy/idle.js';
import { surveyMeters, type UsableMeter } from '../energy/meters.js';
import { describeHost, sessionId } from '../host.js';
import type { ExecuteRequest } from '../request.js';

export interface Session {
  readonly request: ExecuteRequest;
  readonly meters: readonly UsableMeter[];
  readonly bareIdle: BareIdleStore;
  readonly host: RunRecord['host'];
  readonly id: string;
  /** What `prepare` gave, by experiment id: files do not change between the cycles of a study. */
  readonly artifacts: Map<string, Artifacts>;
}

export async function openSession(request: ExecuteRequest): Promise<Session> {
  const { plan, plugins, signal } = request;
  const { usable } = await surveyMeters(plugins.meters, plan.energy, plugins.context, signal);
  return {
    request,
    meters: usable,
    bareIdle: createBareIdleStore(),
    host: await describeHost(request.versions),
    id: await sessionId(),
    artifacts: new Map(request.artifacts),
  };
}
