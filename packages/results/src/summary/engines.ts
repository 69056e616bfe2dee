/** Whether the runs of an experiment were of one engine: what a tag names may have moved, or been updated, between two invocations. Pure. */
import type { RunRecord } from '@llem/core';

/** A sentence for the version and for the image, where they differ; what a run does not tell differs from nothing. */
export function differingEngines(records: readonly RunRecord[]): string[] {
  const answered = records.filter(({ status }) => status === 'completed' || status === 'overloaded');
  const differs = (what: string, of: (record: RunRecord) => string | null): string[] => {
    const cycles = new Map<string, number[]>();
    for (const record of answered) {
      const told = of(record);
      if (told !== null) cycles.set(told, [...(cycles.get(told) ?? []), record.cycle]);
    }
    if (cycles.size < 2) return [];
    const list = [...cycles].map(([told, of]) => `${told} in cycle ${of.join(', ')}`).join('; ');
    return [`The runs are not of one engine, they differ in its ${what}: ${list}.`];
  };
  return [
    ...differs('version', ({ engine }) => engine.version),
    ...differs('image', ({ engine: { image } }) => image && `${image.name} ${shortId(image.id)}`),
  ];
}

/** As `docker images` shows it. */
const shortId = (id: string): string => id.replace(/^sha256:/, '').slice(0, 12);
