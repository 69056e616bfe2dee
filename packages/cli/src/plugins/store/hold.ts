/** One command at a time changes the installed plugins, from whichever of the machines that share a home. */
import { join } from 'node:path';
import { llemError } from '@llem/core';
import { takeLock, type Lock, type LockObstacle } from '@llem/results/folder-lock';
import { localTime } from '../../locks/hold.js';
import { generationsFolder } from './current.js';

/** Beside the generations. */
export const LOCK = '.lock';

/** Throws LLEM_E_BUSY, with who changes it, and what the file system throws. `command`: `plugins install`. */
export async function holdStore(dataDir: string, command: string): Promise<Lock> {
  return takeLock({
    folder: join(generationsFolder(dataDir), LOCK),
    doing: command,
    refuse: (obstacle) => busy(dataDir, obstacle),
  });
}

function busy(dataDir: string, obstacle: LockObstacle): Error {
  const { path } = obstacle;
  if (obstacle.kind === 'damaged') {
    return llemError(
      'LLEM_E_BUSY',
      `It cannot be told who changes the plugins in ${dataDir}: ${path} is damaged.`,
      { remedy: `See that no \`llem plugins\` runs, then remove ${path}.` },
    );
  }
  const { doing, pid, since } = obstacle.holder;
  const what = doing === null ? 'Another llem' : `\`llem ${doing}\``;
  const when = `since ${localTime(since)}`;
  if (obstacle.kind === 'running') {
    return llemError('LLEM_E_BUSY', `${what} (pid ${pid}, ${when}) is changing the plugins in ${dataDir}.`, {
      remedy: 'Run it again when that has ended.',
    });
  }
  const { there, here } = obstacle;
  return llemError(
    'LLEM_E_BUSY',
    `${what} (pid ${pid} ${there}, ${when}) is changing the plugins in ${dataDir}; from ${here} it cannot be told whether that still runs.`,
    { remedy: `Run it again when that has ended. If nothing runs there any more, remove ${path} first.` },
  );
}
