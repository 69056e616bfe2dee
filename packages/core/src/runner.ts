/** Runner: has a service running on the host of the harness. */
import type { Endpoint, ServiceExit, ServicePlace, ServiceSpec, ServiceTarget } from './backend.js';
import type { Check } from './check.js';
import type { JsonObject } from './json.js';

export interface StartRequest {
  readonly spec: ServiceSpec;
  /** File that receives the engine's output, created by the runner and appended to: the harness cuts it where it grows too long. */
  readonly logPath: string;
  /** Names the run in whatever the runner creates. */
  readonly runId: string;
}

/** A started service; it may not be ready yet. */
export interface Service {
  readonly endpoint: Endpoint;
  /** Settles when the service has ended, however it ended. Never rejects. */
  readonly exited: Promise<ServiceExit>;
  /** What provenance needs: pids, later image id and digest. */
  readonly facts: JsonObject;
  /**
   * Its processes now, with their children, as this process counts process ids; null where that cannot be told, as of a
   * container. Slow. Never rejects.
   */
  processes(): Promise<readonly number[] | null>;
  /**
   * Asks it to stop, waits for the spec's grace, or for `graceS` seconds where that is less, and kills what is left, the
   * whole group. May be called again, also while it waits: the shortest grace counts.
   */
  stop(graceS?: number): Promise<ServiceExit>;
}

export interface Runner {
  readonly place: ServicePlace;
  checks(): readonly Check[];
  /** Chooses where the next service will listen. */
  target(): Promise<ServiceTarget>;
  /**
   * Starts it, supervised: whatever happens to this process, the service does not outlive it. Throws LLEM_E_START, or the
   * signal's reason where it was aborted meanwhile, within a few seconds. An abort later on stops the service.
   */
  start(request: StartRequest, signal: AbortSignal): Promise<Service>;
}
