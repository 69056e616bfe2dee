/** Whatever leaves llem, on a disk or to a terminal, without the values of the environment variables that a study names. */
import {
  isJsonObject,
  isLlemError,
  type Column,
  type Emit,
  type Failure,
  type JsonObject,
  type JsonValue,
  type LlemEvent,
  type RunRecord,
  type Table,
  type TableParts,
  type Violation,
} from '@llem/core';
import type { StudyStore } from '@llem/results';
import type { Concealment } from '@llem/study';

/** What is emitted comes without the values. */
export function concealedEmit(emit: Emit, concealment: Concealment): Emit {
  return concealment.nothing ? emit : (event) => emit(concealedEvent(event, concealment));
}

/** What is stored comes without the values. The engine's log is its own. */
export function concealedStore(store: StudyStore, concealment: Concealment): StudyStore {
  if (concealment.nothing) return store;
  return {
    ...store,
    commitRun: (folder, record, tables) =>
      store.commitRun(folder, concealedRecord(record, concealment), {
        ...tables,
        requests: concealedRequests(tables.requests, concealment),
      }),
  };
}

/** Waits for what is thrown, to throw it on without the values. */
export async function withConcealedErrors<T>(concealment: Concealment, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw concealedError(error, concealment);
  }
}

/** The error itself, its texts and those of its causes changed. */
export function concealedError(error: unknown, concealment: Concealment): unknown {
  if (!(error instanceof Error) || concealment.nothing) return error;
  error.message = concealment.text(error.message);
  if (error.stack !== undefined) error.stack = concealment.text(error.stack);
  if (isLlemError(error)) Object.assign(error, { remedy: concealment.text(error.remedy) });
  concealedError(error.cause, concealment);
  return error;
}

export function concealedViolation({ path, message }: Violation, concealment: Concealment): Violation {
  return { path, message: concealment.text(message) };
}

function concealedEvent(event: LlemEvent, concealment: Concealment): LlemEvent {
  const { text } = concealment;
  switch (event.type) {
    case 'preflight': {
      const findings = event.findings.map((finding) => ({
        ...finding,
        message: text(finding.message),
        remedy: text(finding.remedy),
      }));
      return { ...event, findings };
    }
    case 'engine-log':
      return { ...event, line: text(event.line) };
    case 'notice':
      return { ...event, message: text(event.message) };
    case 'run-ended':
      return { ...event, failure: event.failure && concealedFailure(event.failure, concealment) };
    default:
      return event;
  }
}

function concealedFailure(failure: Failure, { text }: Concealment) {
  return {
    ...failure,
    message: text(failure.message),
    remedy: text(failure.remedy),
    logTail: failure.logTail.map(text),
  };
}

/** What the study says is in a record as it is written already; here are the texts of engines and plugins. */
function concealedRecord(record: RunRecord, concealment: Concealment): RunRecord {
  const { text, word } = concealment;
  const { engine, dataset, devices, validity, failure } = record;
  const wordOrNull = (value: string | null) => (value === null ? null : word(value));
  return {
    ...record,
    engine: {
      ...engine,
      version: wordOrNull(engine.version),
      command: engine.command.map((argument) => concealedArgument(argument, concealment)),
      container: engine.container && {
        ...engine.container,
        image: word(engine.container.image),
        mounts: engine.container.mounts.map((mount) => ({ ...mount, source: text(mount.source) })),
      },
      files: engine.files.map(({ path, content }) => ({ path: text(path), content: text(content) })),
      differences: engine.differences.map(({ option, asked, actual }) => ({
        option,
        asked: concealment.json(asked),
        actual: concealment.json(actual),
      })),
      model: engine.model && {
        ...engine.model,
        name: word(engine.model.name),
        revision: wordOrNull(engine.model.revision),
        tokenizerRevision: wordOrNull(engine.model.tokenizerRevision),
      },
      facts: concealedObject(engine.facts, concealment),
    },
    dataset: dataset && { ...dataset, revision: wordOrNull(dataset.revision) },
    devices: devices.map((device) => ({ ...device, facts: concealedObject(device.facts, concealment) })),
    validity: {
      ...validity,
      checks: validity.checks.map((check) => ({ ...check, message: text(check.message) })),
    },
    reasons: Object.fromEntries(Object.entries(record.reasons).map(([path, why]) => [path, text(why)])),
    failure: failure && concealedFailure(failure, concealment),
  };
}

/** `value`, or `--option=value`. */
function concealedArgument(argument: string, { text, word }: Concealment): string {
  const [, option = '', value = ''] = /^(--?[\w-]+=)(.*)$/s.exec(argument) ?? [];
  return option === '' ? word(argument) : text(`${option}${word(value)}`);
}

function concealedObject(value: JsonObject, concealment: Concealment): JsonObject {
  const concealed: JsonValue = concealment.json(value);
  return isJsonObject(concealed) ? concealed : value;
}

/** The same parts, made when they are gone over, as often as that is. */
export function concealedRequests(parts: TableParts, concealment: Concealment): TableParts {
  return {
    *[Symbol.iterator]() {
      for (const table of parts) yield concealedTable(table, concealment);
    },
  };
}

/** What an engine answered to a failed request is its own words; no other column is. */
function concealedTable(table: Table, { text }: Concealment): Table {
  return table.map((column): Column => {
    if (column.name !== 'error_message') return column;
    const values = Array.from<number | string | boolean | null, number | string | boolean | null>(
      column.values,
      (value) => (typeof value === 'string' ? text(value) : value),
    );
    return { ...column, values };
  });
}
