/** RunStore: where the harness puts what it measured. Implemented by results. */
import type { PlannedRun } from './plan.js';
import type { RunRecord, RunStatus } from './record.js';

/** A column of a table, all of one length. */
export interface Column {
  readonly name: string;
  readonly type: 'double' | 'int32' | 'string' | 'boolean';
  /** Null where there is no value. */
  readonly values: readonly (number | string | boolean | null)[] | Float64Array | Int32Array;
}

/** Columns of equal length; written as Parquet. */
export type Table = readonly Column[];

/**
 * One table as several of the same columns, to be put one below the other: the rows of an hour of a large server would not
 * fit into memory at once. At least one, without rows where there are none; may be gone over again.
 */
export type TableParts = Iterable<Table>;

/** The folder of one attempt at a run. */
export interface RunFolder {
  /** `<nnn>_<experiment>_c<cycle>_a<attempt>`. */
  readonly runId: string;
  readonly attempt: number;
  /** Absolute path of the folder, which exists. */
  readonly path: string;
  /** Where the engine's log goes. */
  readonly logPath: string;
}

/** What a run saw, row by row. */
export interface RunTables {
  readonly requests: TableParts;
  readonly samples: TableParts;
  /** One row a chunk; left out where no token arrived. */
  readonly tokens?: TableParts;
}

/** How an attempt of an earlier invocation ended. */
export interface PastAttempt {
  readonly experimentId: string;
  readonly cycle: number;
  readonly status: RunStatus;
  /** Null where it did not fail, or nothing tells. */
  readonly failureClass: string | null;
}

export interface RunStore {
  /** Absolute path of the result directory. */
  readonly dir: string;
  /** Makes the folder of the next attempt and notes its start in the journal. */
  openRun(run: PlannedRun): Promise<RunFolder>;
  /** Tables, then the record, then the journal line: each durable before the next. Throws LLEM_E_STORE. */
  commitRun(folder: RunFolder, record: RunRecord, tables: RunTables): Promise<void>;
  /** Notes in the journal that these runs are given up, and why. Throws LLEM_E_STORE. */
  skipRuns(runs: readonly PlannedRun[], reason: string): Promise<void>;
}
