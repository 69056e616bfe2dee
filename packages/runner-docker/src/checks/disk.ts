/** Whether images that are not here yet will fit on the disk of the engine. */
import { statfs } from 'node:fs/promises';
import { failed, ok, warning, type Check, type Finding } from '@llem/core';
import type { Connection } from '../engine/connection.js';
import type { DockerFacts } from '../engine/facts.js';
import { findImage } from '../images/images.js';
import { asFinding } from './finding.js';

const GIB = 2 ** 30;
/**
 * The official image of vLLM takes 25 to 29 GB unpacked (vllm-project/vllm, issue 17163 of April and pull request 22377 of December 2025),
 * of 10 to 12 GB that are pulled and are on the disk beside it meanwhile.
 */
const ROOM_FOR_AN_IMAGE = 40 * GIB;
/** Below it not even a container's log has room. */
const NO_ROOM = 2 * GIB;

/** `images`: names; empty where nobody has named one. */
export const diskCheck = (connection: Connection, images: readonly string[]): Check => ({
  id: 'docker.disk',
  title: 'Room for images',
  run: async (signal) => {
    try {
      const facts = await connection.facts(signal);
      const free = await freeBytes(facts);
      if (free === null) return ok('How much room the disk of the engine has cannot be seen from here.');
      const missing = await missingImages(connection, images, signal);
      return roomFinding(free.bytes, free.folder, images.length === 0 || missing.length > 0);
    } catch (error) {
      return asFinding(error);
    }
  },
});

/** Pure. */
export function roomFinding(freeBytes: number, folder: string, mustPull: boolean): Finding {
  const message = `${(freeBytes / GIB).toFixed(1)} GiB free for images in ${folder}.`;
  const remedy =
    'See what Docker keeps, `docker system df`, and remove what is not needed: `docker image prune`.';
  if (freeBytes < NO_ROOM) return failed(message, remedy);
  return mustPull && freeBytes < ROOM_FOR_AN_IMAGE
    ? warning(
        `${message} An image of an engine for GPUs takes 25 GB and more, and 10 GB while it is pulled.`,
        remedy,
      )
    : ok(message);
}

/** Of the fullest of its folders; null where they are not on this machine, or not to be seen. */
async function freeBytes({
  isLocal,
  imageFolders,
}: DockerFacts): Promise<{ folder: string; bytes: number } | null> {
  if (!isLocal) return null;
  const rooms = await Promise.all(
    imageFolders.map(async (folder) => {
      const stats = await statfs(folder).catch(() => null);
      return stats && { folder, bytes: stats.bavail * stats.bsize };
    }),
  );
  return rooms.filter((room) => room !== null).sort((a, b) => a.bytes - b.bytes)[0] ?? null;
}

async function missingImages(
  connection: Connection,
  images: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const engine = await connection.engine();
  const found = await Promise.all(
    // A name that is none is told by the check of images.
    images.map(async (name) => ({ name, image: await findImage(engine, name, signal).catch(() => null) })),
  );
  return found.filter(({ image }) => image === null).map(({ name }) => name);
}
