/** Tables as Parquet: requests, samples and tokens. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { llemError, type Column, type Table, type TableParts } from '@llem/core';
import { parquetReadObjects } from 'hyparquet';
import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import { readError } from './failure.js';
import { RUN_FILES } from './layout.js';

export type Cell = number | string | boolean | null;
/** One row of a table, by column name. */
export type Row = Readonly<Record<string, Cell>>;

const TYPES = { double: 'DOUBLE', int32: 'INT32', string: 'STRING', boolean: 'BOOLEAN' } as const;

/**
 * Times that grow share their upper bytes and nothing else: kept byte by byte they are a quarter smaller and take a third
 * less time to write than as they are. What is the same at both ends is likely one value over and over: a dictionary is better.
 */
const SPLIT = { encoding: 'BYTE_STREAM_SPLIT' } as const;

/** A column of a row group is small enough to be one page, and need not be measured value by value to be cut into several. */
const ONE_PAGE = 0;
/** A row group has about so many values: it is in memory whole, and is encoded in one go of some tens of milliseconds. */
const GROUP_VALUES = 300_000;

/**
 * A table, given in one part or in several of the same columns, as the bytes of a Parquet file, one row group after the
 * other. Every column is optional, whether or not a value is missing, so that the files of all runs have one schema; NaN
 * becomes null. `name` is for the message of LLEM_E_STORE, thrown for a table that is not one.
 */
export function* toParquet(name: string, parts: TableParts): Generator<Uint8Array> {
  const bytes = new ByteWriter();
  /** What was written since it was asked last; valid until more is written. */
  const written = () => {
    const piece = bytes.getBytes();
    bytes.index = 0;
    return piece;
  };
  let file: ParquetWriter | null = null;
  for (const part of parts) {
    check(name, part);
    const rows = part[0]?.values.length ?? 0;
    const groupRows = Math.ceil(GROUP_VALUES / Math.max(1, part.length));
    file ??= new ParquetWriter({
      writer: bytes,
      schema: schemaFromColumnData({ columnData: columnsOf(part, 0, 0) }),
    });
    for (let from = 0; from < rows; from += groupRows) {
      try {
        void file.write({
          columnData: columnsOf(part, from, Math.min(rows, from + groupRows)),
          rowGroupSize: groupRows,
          pageSize: ONE_PAGE,
        });
      } catch (error) {
        throw badTable(name, error instanceof Error ? error.message : String(error), error);
      }
      yield written();
    }
  }
  if (file === null) throw badTable(name, 'it has no part');
  void file.finish();
  yield written();
}

function check(name: string, table: Table): void {
  const rows = table[0]?.values.length ?? 0;
  const names = new Set(table.map((column) => column.name));
  if (names.size !== table.length) throw badTable(name, 'two columns have one name');
  for (const column of table) {
    if (column.values.length !== rows) {
      throw badTable(name, `column ${column.name} has ${column.values.length} values, others ${rows}`);
    }
  }
}

/** Some rows of a table, as the writer takes them. */
function columnsOf(table: Table, from: number, to: number) {
  return table.map(({ name, type, values }) => {
    const data = withoutNaN(type, values.slice(from, to));
    return {
      name,
      type: TYPES[type],
      nullable: true,
      data,
      ...(data instanceof Float64Array && data[0] !== data.at(-1) ? SPLIT : {}),
    };
  });
}

function withoutNaN(
  type: Column['type'],
  values: Column['values'],
): (number | string | boolean | null)[] | Float64Array | Int32Array {
  if (type !== 'double')
    return values instanceof Float64Array || values instanceof Int32Array ? values : [...values];
  if (values instanceof Int32Array) return Float64Array.from(values);
  if (values instanceof Float64Array && !values.some(Number.isNaN)) return values;
  return Array.from<Cell, Cell>(values, (value) => (Number.isNaN(value) ? null : value));
}

function badTable(name: string, why: string, cause?: unknown) {
  return llemError('LLEM_E_STORE', `The table ${name} cannot be written: ${why}.`, {
    remedy: 'This is a fault of llem, not of the study. Please report it with the result directory.',
    cause,
  });
}

/** The requests of one run, one row each. Throws LLEM_E_RESULTS. */
export function readRequests(runDir: string): Promise<Row[]> {
  return readTable(join(runDir, RUN_FILES.requests));
}

/** The meters' readings of one run, one row a tick. Throws LLEM_E_RESULTS. */
export function readSamples(runDir: string): Promise<Row[]> {
  return readTable(join(runDir, RUN_FILES.samples));
}

async function readTable(path: string): Promise<Row[]> {
  try {
    const bytes = await readFile(path);
    // A copy of its own: a small Buffer is a view into memory that others share.
    const file = new Uint8Array(bytes).buffer;
    const rows: unknown[] = await parquetReadObjects({ file });
    if (!rows.every(isRow)) throw new Error('it holds values of other types than number, text and boolean');
    return rows;
  } catch (error) {
    throw readError(
      `read the table ${path}`,
      error,
      'See that the run has ended and that the file was copied whole.',
    );
  }
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && Object.values(value).every(isCell);
}

function isCell(value: unknown): value is Cell {
  return (
    value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean'
  );
}
