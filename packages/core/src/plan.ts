/** What a study is planned into: experiments, the runs in their order, and what was skipped and why. */
import type { JsonObject, JsonValue } from './json.js';
import {
  ADAPTIVE_CYCLES,
  type DeviceSelection,
  type EnergySettings,
  type Execution,
  type Measure,
  type RunnerChoice,
} from './settings.js';
import type { Workload } from './workload.js';

/** One configuration to be measured. Plain data; the same settings give the same id anywhere. */
export interface Experiment {
  /** First 12 hex digits of the SHA-256 of the canonical JSON of `asked`. */
  readonly id: string;
  /** What tells this experiment from the others of its study, for people: `workload.concurrency=8`. */
  readonly label: string;
  /** The settings as merged and asked for, nested, without defaults. */
  readonly asked: JsonObject;
  /** The swept settings, by dotted path. */
  readonly factors: Readonly<Record<string, JsonValue>>;
  readonly model: string;
  readonly backend: string;
  /** The runner that the experiment itself names; null leaves it to the study, environment and configuration. */
  readonly runner: RunnerChoice | null;
  /** Null: what the backend is made for. */
  readonly devices: DeviceSelection | null;
  readonly workload: Workload;
  readonly measure: Measure;
  /** The engine's section as its backend resolved it, every default filled in. */
  readonly options: JsonObject;
}

/** A setting that cannot work, found before anything starts. */
export interface Violation {
  /** Dotted path of the setting at fault. */
  readonly path: string;
  /** What is wrong and what would be right. */
  readonly message: string;
}

/** An experiment that is not run, with every reason. */
export interface SkippedExperiment {
  readonly label: string;
  readonly asked: JsonObject;
  readonly violations: readonly Violation[];
}

/** One (experiment, cycle), the unit of replication. */
export interface PlannedRun {
  /** Place in the order of execution, from 1. */
  readonly position: number;
  readonly experimentId: string;
  /** From 1. */
  readonly cycle: number;
  /** Seed of this run's prompts; the same for every experiment of a cycle. */
  readonly seed: number;
}

/** What names a run, whatever its attempt. */
export function runKey({ experimentId, cycle }: Pick<PlannedRun, 'experimentId' | 'cycle'>): string {
  return `${experimentId} ${cycle}`;
}

export interface Plan {
  readonly schema: 'llem.plan/1';
  readonly studyName: string;
  /** First 12 hex digits of the SHA-256 over the sorted experiment ids. */
  readonly studyHash: string;
  readonly shuffleSeed: number;
  readonly experiments: readonly Experiment[];
  readonly skipped: readonly SkippedExperiment[];
  /** Labels of experiments that were equal to an earlier one and merged into it. */
  readonly merged: readonly string[];
  readonly runs: readonly PlannedRun[];
  readonly execution: Execution;
  readonly energy: EnergySettings;
  /** The study's own `runners:` section. */
  readonly runners: Readonly<Record<string, RunnerChoice>>;
}

/** How many cycles a study has at least: with `precision` two looks have to pass, the first one after the fifth cycle. */
export function fewestCycles({ cycles, precision }: Pick<Execution, 'cycles' | 'precision'>): number {
  return precision === undefined ? cycles : Math.max(cycles, ADAPTIVE_CYCLES + 1);
}

/** How many cycles a study may come to have: those it begins with, and all that `precision` may add. */
export function mostCycles({ cycles, max_cycles }: Pick<Execution, 'cycles' | 'max_cycles'>): number {
  return max_cycles ?? cycles;
}

/** Most cycles of a study, as `execution.cycles` allows. */
const MAX_CYCLES = 1000;

/**
 * Seed of a run's prompts, 32 bits: the same for every experiment of a cycle. No two pairs of a workload seed up to
 * 4 294 966 and a cycle share one; larger workload seeds repeat them.
 */
export function runSeed(workloadSeed: number, cycle: number): number {
  // Every step can be undone, so that different pairs stay different; they are scattered because generators begin
  // alike from neighbouring seeds. The steps are the finaliser of MurmurHash3 (A. Appleby, public domain).
  let bits = (Math.imul(workloadSeed, MAX_CYCLES) + cycle - 1) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
