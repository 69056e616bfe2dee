/** Whether containers are left over of a llem that has ended without removing them. */
import { limited, ok, warning, type Check, type Finding } from '@llem/core';
import { findOrphans, removeOrphans } from '../container/orphans.js';
import type { Connection } from '../engine/connection.js';
import { dockerError } from '../engine/errors.js';

/** Far below that of a check, which would then have failed. */
const LIMIT_MS = 8_000;

export const orphansCheck = (connection: Connection): Check => ({
  id: 'docker.orphans',
  title: 'Left-over containers',
  run: async (signal) => {
    const isThere = await connection.facts(signal).then(
      () => true,
      () => false,
    );
    // Why not is told by the check of the engine.
    if (!isThere) return ok('No engine can be asked for them.');
    const engine = await connection.engine();
    let orphans;
    try {
      orphans = await findOrphans(engine, limited(signal, LIMIT_MS));
    } catch (error) {
      signal.throwIfAborted();
      return notTold(dockerError(error, { doing: 'inspect', address: engine.address }));
    }
    if (orphans.length === 0) return ok('No container of an earlier llem is left over.');
    const names = orphans.map(({ name }) => name);
    const running = orphans.filter(({ isRunning }) => isRunning).length;
    return warning(
      `${numbered(orphans.length)} of a llem that has ended ${orphans.length === 1 ? 'is' : 'are'} left over, ${running} running: ${names.join(', ')}.`,
      `Remove them: \`llem doctor --fix\`, or \`docker rm -f -v ${names.join(' ')}\`.`,
    );
  },
  fix: async (signal) => {
    const engine = await connection.engine();
    const orphans = await findOrphans(engine, signal);
    await removeOrphans(engine, orphans);
    return `${numbered(orphans.length)} removed${orphans.length === 0 ? '' : `: ${orphans.map(({ name }) => name).join(', ')}`}.`;
  },
});

/** What is left over does no harm to a study that could not be asked for it. */
const notTold = ({ message, remedy }: Pick<Finding, 'message' | 'remedy'>): Finding =>
  warning(`Whether containers of an earlier llem are left over could not be told. ${message}`, remedy);

const numbered = (count: number): string => (count === 1 ? '1 container' : `${count} containers`);
