/** Who writes a result directory: one process at a time. */
import { join } from 'node:path';
import { llemError } from '@llem/core';
import { takeLock, type Lock, type LockObstacle } from './folder-lock.js';
import { FILES } from './layout.js';

/** Throws LLEM_E_STORE where another process writes the directory, or may do so on another machine. */
export async function lockDirectory(dir: string): Promise<Lock> {
  return takeLock({
    folder: join(dir, FILES.lock),
    doing: null,
    refuse: (obstacle) => inUse(dir, obstacle),
  });
}

function inUse(dir: string, obstacle: LockObstacle): Error {
  const { path } = obstacle;
  switch (obstacle.kind) {
    case 'damaged':
      return llemError('LLEM_E_STORE', `It cannot be told who writes ${dir}: ${path} is damaged.`, {
        remedy: `See that no llem works on this directory, then remove ${path}.`,
      });
    case 'running':
      return llemError(
        'LLEM_E_STORE',
        `${dir} is in use by another llem: process ${obstacle.holder.pid}, since ${obstacle.holder.since}.`,
        { remedy: 'Wait until it has ended, or stop it with Ctrl-C; a directory has one writer at a time.' },
      );
    case 'out-of-sight': {
      const { holder, there, here } = obstacle;
      return llemError(
        'LLEM_E_STORE',
        `${dir} is in use by process ${holder.pid} ${there}, since ${holder.since}; from ${here} it cannot be told whether that still runs.`,
        { remedy: `Resume it there. If nothing runs there any more, remove ${path} first.` },
      );
    }
  }
}
