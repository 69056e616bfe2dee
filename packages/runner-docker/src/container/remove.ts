/** Containers that are removed, with what they left: by their id, or all of one service. */
import { z } from 'zod';
import type { Engine } from '../engine/client.js';
import { statusOf } from '../engine/errors.js';
import { ofService } from './labels.js';

/** A container that does not end at once is one that the kernel holds. */
export const REMOVE_LIMIT_MS = 10_000;

const listSchema = z.array(
  z.looseObject({
    Id: z.string(),
    Names: z.array(z.string()).default([]),
    State: z.string().default(''),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
);

export interface ListedContainer {
  readonly id: string;
  readonly name: string;
  readonly isRunning: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

/** Also those that have ended, and those that were never started. Rejects with what dockerode throws. */
export async function listContainers(
  { docker }: Engine,
  filters: { label: string[] },
  signal: AbortSignal,
): Promise<ListedContainer[]> {
  const listed = listSchema.parse(await docker.listContainers({ all: true, filters, abortSignal: signal }));
  return listed.map(({ Id, Names, State, Labels }) => ({
    id: Id,
    name: Names[0]?.replace(/^\//, '') ?? Id.slice(0, 12),
    isRunning: State === 'running',
    labels: Labels ?? {},
  }));
}

/** Killed first, where it runs, and its anonymous volumes with it. Rejects with what dockerode throws; one that is not there is no error. */
export async function removeContainer({ docker }: Engine, id: string): Promise<void> {
  try {
    const limits = { abortSignal: AbortSignal.timeout(REMOVE_LIMIT_MS) };
    await docker.getContainer(id).remove({ force: true, v: true, ...limits });
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** Gives how many there were. Rejects with what dockerode throws. */
export async function removeService(engine: Engine, service: string): Promise<number> {
  const found = await listContainers(engine, ofService(service), AbortSignal.timeout(REMOVE_LIMIT_MS));
  for (const { id } of found) await removeContainer(engine, id);
  return found.length;
}

/** Not there, or somebody is removing it at this moment. */
export function isGone(error: unknown): boolean {
  const status = statusOf(error);
  return status === 404 || (status === 409 && error instanceof Error && /removal/i.test(error.message));
}
