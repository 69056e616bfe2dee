/** The typed stream of events that everything on a terminal or a pipe is made from. */
import type { Finding } from './check.js';
import type { Failure } from './backend.js';
import type { LoadProbe, RunStatus, SearchOver } from './record.js';

/** The phases of a run, in their order. */
export const PHASES = [
  'gap',
  'prepare',
  'idle-bare',
  'start',
  'settle',
  'idle-loaded',
  'search',
  'warmup',
  'window',
  'drain',
  'stop',
] as const;
export type Phase = (typeof PHASES)[number];

/** Figures of a finished run that a reader wants at once. Null where they were not measured. */
export interface RunHeadline {
  readonly joulesPerOutputToken: number | null;
  readonly energyQuality: 'counter' | 'integrated' | 'estimated' | null;
  readonly outputTokensPerS: number | null;
  /** Requests that became due, and that were answered, a second. */
  readonly offeredPerS: number | null;
  readonly requestsPerS: number | null;
  /** Requests that held the SLO, a second. */
  readonly goodputPerS: number | null;
  /** What a search found: requests in flight, or requests a second. */
  readonly foundLoad: number | null;
  /** What `foundLoad` counts; null without a search. */
  readonly foundOver: SearchOver | null;
  readonly ttftP50Ms: number | null;
  readonly itlMeanMs: number | null;
  readonly meanPowerW: number | null;
  readonly publishable: boolean;
}

export type LlemEvent =
  | { readonly type: 'preflight'; readonly findings: readonly (Finding & { readonly id: string })[] }
  | {
      readonly type: 'study-started';
      readonly name: string;
      readonly studyHash: string;
      readonly dir: string;
      readonly experiments: number;
      readonly runs: number;
      /** Points of the study that cannot be run. */
      readonly skipped: number;
      /** Expected duration of all runs, in seconds. */
      readonly expectedS: number;
      /** Where `precision` may add cycles: how many runs there may be, and how long all of them would take. */
      readonly runsAtMost?: number;
      readonly expectedAtMostS?: number;
      /** What is read: the id of each meter, and of its devices those that some experiment is billed for. */
      readonly meters: readonly { readonly id: string; readonly devices: readonly string[] }[];
    }
  | {
      readonly type: 'run-started';
      readonly runId: string;
      readonly experimentId: string;
      readonly label: string;
      readonly cycle: number;
      /** From 1. */
      readonly index: number;
      readonly of: number;
      /** True where `of` counts runs that `precision` may add, and `leftS` their time. */
      readonly atMost?: boolean;
      /** Expected seconds until the end of the study. */
      readonly leftS: number;
    }
  | {
      readonly type: 'phase';
      readonly runId: string;
      readonly phase: Phase;
      readonly expectedS: number | null;
      /** What a gap waits for beyond that: no GPU hotter than this. */
      readonly untilC?: number;
    }
  | {
      readonly type: 'progress';
      readonly runId: string;
      readonly phase: Phase;
      readonly elapsedS: number;
      readonly inFlight: number;
      readonly completed: number;
      readonly failed: number;
      readonly outputTokensPerS: number | null;
      /** Requests a second that the load asks for now; null in a closed loop. */
      readonly offeredPerS: number | null;
      /** Power of the headline scope now. */
      readonly powerW: number | null;
      readonly powerEstimated: boolean;
      /** Of the hottest GPU that the run is billed for, now; null where nothing tells it. */
      readonly temperatureC: number | null;
    }
  | {
      /** A search begins to hold a load, for the first time or again. */
      readonly type: 'search';
      readonly runId: string;
      readonly over: SearchOver;
      readonly load: number;
      /** Which of the windows of this load, from 1. */
      readonly window: number;
      /** The highest load that has held and the lowest that has not, so far. */
      readonly found: number | null;
      readonly above: number | null;
    }
  | {
      /** A search has judged a load. */
      readonly type: 'probe';
      readonly runId: string;
      readonly over: SearchOver;
      readonly probe: LoadProbe;
    }
  | { readonly type: 'engine-log'; readonly runId: string; readonly line: string }
  | { readonly type: 'notice'; readonly level: 'info' | 'warning'; readonly message: string }
  | {
      readonly type: 'run-ended';
      readonly runId: string;
      readonly experimentId: string;
      readonly label: string;
      readonly cycle: number;
      readonly index: number;
      readonly of: number;
      readonly atMost?: boolean;
      readonly status: RunStatus;
      readonly headline: RunHeadline | null;
      readonly failure: Failure | null;
    }
  | {
      /** Another attempt at a run that failed is about to start. */
      readonly type: 'retry';
      readonly experimentId: string;
      readonly label: string;
      readonly cycle: number;
      readonly index: number;
      readonly of: number;
      readonly atMost?: boolean;
      /** Which retry it is, of how many at most. */
      readonly retry: number;
      readonly retries: number;
      /** Class of the failure that it follows. */
      readonly after: string;
    }
  | {
      /** Runs of an experiment have been given up, and are recorded so. */
      readonly type: 'runs-skipped';
      readonly experimentId: string;
      readonly label: string;
      readonly cycles: readonly number[];
      /** A sentence. */
      readonly reason: string;
    }
  | {
      readonly type: 'study-ended';
      readonly dir: string;
      readonly completed: number;
      /** Runs whose load was more than the engine could take: an answer, but no steady figure. */
      readonly overloaded: number;
      readonly failed: number;
      /** Runs that were given up. */
      readonly skipped: number;
      readonly interrupted: boolean;
    };

/** Events that a slow reader may lose; all others are kept. */
export function mayBeDropped(event: LlemEvent): boolean {
  return event.type === 'progress' || event.type === 'engine-log';
}

/** Takes an event and returns at once. */
export type Emit = (event: LlemEvent) => void;
