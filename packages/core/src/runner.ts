/** Runner: has a service running, as a process or a container of this machine, or on a server that is there already. */
import type { Endpoint, ServiceExit, ServicePlace, ServiceSpec, ServiceTarget } from './backend.js';
import type { Check } from './check.js';
import type { JsonObject } from './json.js';

export interface StartRequest {
  readonly spec: ServiceSpec;
  /** Name of the study, for whoever looks at what runs. */
  readonly study: string;
  /** File that receives the engine's output, created by the runner and appended to: the harness cuts it where it grows too long. */
  readonly logPath: string;
  /** Names the run in whatever the runner creates. */
  readonly runId: string;
}

/** The image of a container. */
export interface ContainerImage {
  /** As it was asked for. */
  readonly name: string;
  /** Of its content on this machine, `sha256:...`. */
  readonly id: string;
  /** `sha256:...` under which a registry gives the same content; null for one that no registry gave. */
  readonly digest: string | null;
}

/** A started service; it may not be ready yet. */
export interface Service {
  readonly endpoint: Endpoint;
  /** What its container was made from; left out where there is none. */
  readonly image?: ContainerImage;
  /** Settles when the service has ended, however it ended. Never rejects. */
  readonly exited: Promise<ServiceExit>;
  /** Path that answers 200 once it can serve, where that is not the one of its spec. */
  readonly readinessPath?: string;
  /** What provenance needs beside that: pids, the name of a container. */
  readonly facts: JsonObject;
  /**
   * Its processes now, with their children, as this process counts process ids; null where that cannot be told, as of a server
   * elsewhere or a container in a virtual machine. Slow. Never rejects.
   */
  processes(): Promise<readonly number[] | null>;
  /**
   * Asks it to stop, waits for the spec's grace, or for `graceS` seconds where that is less, and kills what is left, the
   * whole group. May be called again, also while it waits: the shortest grace counts. Throws LLEM_E_START where it runs on all the same:
   * no other may be started beside it.
   */
  stop(graceS?: number): Promise<ServiceExit>;
}

export interface Runner {
  /** `elsewhere`: `start` and `stop` start and stop nothing, they begin and end the use of a server that is there already. */
  readonly place: ServicePlace;
  /** Environment variables whose values are secrets of its own, such as a token: they are kept out of whatever is stored and shown. */
  readonly secrets?: readonly string[];
  /**
   * Of this machine, and of what services are about to need of it; of an empty list what any would need. `specs` may lack
   * the model, which others look for. `models` are the names under which requests are going to ask for it.
   */
  checks(specs: readonly ServiceSpec[], models?: readonly string[]): readonly Check[];
  /**
   * Brings what a service needs and `start` would else have to wait for, such as an image; asked before anything is measured, once all
   * checks have passed. Tells how far it is, a sentence's part. Throws LLEM_E_START.
   */
  prepare?(spec: ServiceSpec, signal: AbortSignal, tell: (progress: string) => void): Promise<void>;
  /** Checks that need what `prepare` brings. They may start what they remove again. */
  trials?(specs: readonly ServiceSpec[]): readonly Check[];
  /** Chooses where the next service will listen, or says where it does. */
  target(): Promise<ServiceTarget>;
  /**
   * Starts it, supervised: whatever happens to this process, the service does not outlive it. Throws LLEM_E_START, or the
   * signal's reason where it was aborted meanwhile, within a few seconds. An abort later on stops the service.
   */
  start(request: StartRequest, signal: AbortSignal): Promise<Service>;
}
