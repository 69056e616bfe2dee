/** journal.ndjson: what happened to each run, one JSON a line, only ever appended to. It is the truth about a study. */
import { isJsonObject, runStatusSchema, type JsonObject } from '@llem/core';
import { z } from 'zod';

const time = z.string().describe('ISO 8601, UTC');

/** Comes from JSON or goes into it: nothing inside needs looking at. */
export const provenanceSchema = z.custom<JsonObject>(isJsonObject, 'expected an object');

const studyEntrySchema = z.object({
  t: time,
  event: z.literal('study'),
  studyName: z.string(),
  studyHash: z.string(),
  /** Versions, command line, seeds: what this invocation of llem was. */
  provenance: provenanceSchema,
  /** Left out unless this invocation takes up what had failed or was given up: what failed before it counts no longer. */
  anew: z.literal(true).optional(),
});

const runEntrySchema = z.object({
  t: time,
  event: z.enum(['started', ...runStatusSchema.options]),
  runId: z.string(),
  experimentId: z.string(),
  cycle: z.int().min(1),
  attempt: z.int().min(1),
  /** Class of the failure of a failed attempt. */
  failureClass: z.string().optional(),
});

/** A run that is given up: no attempt, and so no folder. */
const skippedEntrySchema = z.object({
  t: time,
  event: z.literal('skipped'),
  experimentId: z.string(),
  cycle: z.int().min(1),
  /** A sentence. */
  reason: z.string(),
});

export const journalEntrySchema = z.discriminatedUnion('event', [
  studyEntrySchema,
  runEntrySchema,
  skippedEntrySchema,
]);

export type JournalEntry = z.output<typeof journalEntrySchema>;
/** Of an attempt at a run. */
export type RunEntry = z.output<typeof runEntrySchema>;
export type SkippedEntry = z.output<typeof skippedEntrySchema>;

export function isRunEntry(entry: JournalEntry): entry is RunEntry {
  return entry.event !== 'study' && entry.event !== 'skipped';
}

/** What came after the last invocation that took up failed runs; all of it where there was none. */
export function sinceAnew(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  return entries.slice(entries.findLastIndex((entry) => entry.event === 'study' && entry.anew === true) + 1);
}

/** One line, without its newline. Control characters and newlines inside a string are escaped by JSON. */
export function journalLine(entry: JournalEntry): string {
  return JSON.stringify(journalEntrySchema.parse(entry));
}

/**
 * The entries of a journal's text. A line that cannot be read is left out and told in `problems`: the last one without
 * a newline is what a crash leaves, and the event it would have told did not happen.
 */
export function parseJournal(text: string): { entries: JournalEntry[]; problems: string[] } {
  const entries: JournalEntry[] = [];
  const problems: string[] = [];
  const lines = text.split('\n');
  lines.forEach((line, index) => {
    if (line === '') return;
    const entry = parseLine(line);
    if (entry) entries.push(entry);
    else if (index === lines.length - 1) {
      problems.push(
        `Line ${index + 1}, the last, is torn: the writing was cut off. It counts as not written.`,
      );
    } else problems.push(`Line ${index + 1} cannot be read and is left out.`);
  });
  return { entries, problems };
}

function parseLine(line: string): JournalEntry | null {
  try {
    return journalEntrySchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
