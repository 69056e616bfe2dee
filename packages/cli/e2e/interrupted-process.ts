/** A study that is interrupted at a moment of its own choice, and what must hold of it whenever that is. */
import type { ChildProcess } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordSchema, type RunRecord } from '@llem/core';
import type { EngineOptionsInput } from '@llem/testkit';
import { expect, vi } from 'vitest';
import {
  eventsOf,
  marked,
  LIGHT_STUDY,
  workplace,
  type Finished,
  type StudyEvent,
  type Workplace,
} from './llem.js';

/** Measures a simulated engine until it is stopped. */
export const ENDLESS_STUDY = LIGHT_STUDY.replace('min_seconds: 1', 'min_seconds: 600');

/** A machine of its own with `study.yaml`, gone at the end of the scope. */
export async function studyPlace(
  study: string,
  engine: EngineOptionsInput = {},
): Promise<Workplace & AsyncDisposable> {
  const place = await workplace();
  place.env['LLEM_SIMULATED_ENGINE'] = JSON.stringify(engine);
  await writeFile(join(place.dir, 'study.yaml'), study);
  return { ...place, [Symbol.asyncDispose]: () => place.remove() };
}

export interface Interrupted extends Finished {
  /** Null where it was interrupted before there was one. */
  readonly dir: string | null;
  /** From the first signal to the end of the process. */
  readonly tookS: number;
}

/** For `interrupted`: the begin of a phase. */
export const beginOf =
  (name: string) =>
  ({ type, phase }: StudyEvent): boolean =>
    type === 'phase' && phase === name;

/** Runs llem and gives it a signal at every event that is such a moment. */
export async function interrupted(
  place: Workplace,
  args: readonly string[],
  isMoment: (event: StudyEvent) => boolean,
  send: (child: ChildProcess) => void = (child) => void child.kill('SIGINT'),
): Promise<Interrupted> {
  const { child, finished } = place.start([...args, '--json']);
  let dir: string | null = null;
  let firstMs: number | null = null;
  for await (const event of eventsOf(child)) {
    if (event.type === 'study-started') dir = event.dir ?? null;
    if (!isMoment(event)) continue;
    firstMs ??= performance.now();
    send(child);
  }
  const ended = await finished;
  if (firstMs === null) throw new Error(`the moment did not come: ${ended.stderr}`);
  return { ...ended, dir, tookS: (performance.now() - firstMs) / 1_000 };
}

/** Of the last attempt. */
export async function lastRecord(dir: string | null): Promise<RunRecord> {
  const runs = join(dir ?? '', 'runs');
  const name = (await readdir(runs)).toSorted().at(-1) ?? '';
  return recordSchema.parse(JSON.parse(await readFile(join(runs, name, 'record.json'), 'utf8')));
}

/** Everything that was started in a place has its folders in its environment: engines and their supervisors too. */
export async function requireNothingLeft(place: Workplace): Promise<void> {
  await vi.waitFor(async () => expect(await marked(place.dir)).toEqual([]), {
    timeout: 10_000,
    interval: 50,
  });
}
