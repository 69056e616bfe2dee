/** Containers that a llem of this machine left behind when it and its supervisor were killed, or the engine was away then. */
import { ownIdentity, stateOf } from '@llem/localhost';
import type { Engine } from '../engine/client.js';
import { ofAnyone, ownerOf } from './labels.js';
import { listContainers, removeContainer, type ListedContainer } from './remove.js';

/** Those whose llem is known to have ended; what another machine's made is nobody else's to judge. Rejects with what dockerode throws. */
export async function findOrphans(engine: Engine, signal: AbortSignal): Promise<ListedContainer[]> {
  const self = await ownIdentity();
  const found = await listContainers(engine, ofAnyone(), signal);
  const isOrphan = await Promise.all(
    found.map(async ({ labels }) => {
      const owner = ownerOf(labels);
      return owner !== null && (await stateOf(owner, self)) === 'ended';
    }),
  );
  return found.filter((_, index) => isOrphan[index]);
}

/** Rejects with what dockerode throws. */
export async function removeOrphans(engine: Engine, orphans: readonly ListedContainer[]): Promise<void> {
  for (const { id } of orphans) await removeContainer(engine, id);
}
