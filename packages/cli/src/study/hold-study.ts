/** Keeps the machine for a study, from before its preflight to its end. */
import os from 'node:os';
import { resolve } from 'node:path';
import type { Emit } from '@llem/core';
import { claimOfPlan, type AskNeighbours } from '@llem/harness';
import { ENVIRONMENT } from '../composition/root.js';
import type { Scope } from '../composition/scope.js';
import { PLAN, PLUGINS } from '../composition/study.js';
import { holdMachine } from '../locks/hold.js';
import type { Hold } from '../locks/machine.js';

/** Nothing else gives a lock back by itself when its process is killed, and is shared by all users. */
const UNLOCKED =
  'On this system llem cannot keep other studies out: see that no other one runs on this machine.';

export interface StudyHold {
  /** From now on others are told this result directory. */
  readonly resultsIn: (dir: string) => void;
  readonly neighbours: AskNeighbours | null;
  readonly release: () => void;
}

/**
 * What is held: the GPUs that the plan is billed for, and the processor. Throws LLEM_E_BUSY where another study has them
 * and it shall not wait; rejects when the signal is aborted.
 */
export async function holdForStudy(request: {
  readonly scope: Scope;
  /** The result directory, or the folder that it will be in. */
  readonly dir: string;
  readonly wait: boolean;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}): Promise<StudyHold> {
  const { scope, wait, emit, signal } = request;
  const plan = scope.get(PLAN);
  if (process.platform !== 'linux') {
    emit({ type: 'notice', level: 'info', message: UNLOCKED });
    return { resultsIn: () => undefined, neighbours: null, release: () => undefined };
  }
  let dir = resolve(request.dir);
  const since = new Date().toISOString();
  const user = userName();
  const hold: Hold = await holdMachine({
    claim: await claimOfPlan({ plan, plugins: scope.get(PLUGINS), signal }),
    scope: scope.get(ENVIRONMENT)['LLEM_LOCKS'] ?? '',
    holder: () => ({ pid: process.pid, user, study: plan.studyName, dir, since }),
    wait,
    notice: (level, message) => emit({ type: 'notice', level, message }),
    signal,
  });
  return {
    resultsIn: (made) => (dir = made),
    // A result is published: who ran what beside it is said, but neither names nor paths of others.
    neighbours: async () => (await hold.neighbours()).map(({ pid, study, since }) => ({ pid, study, since })),
    release: () => hold.release(),
  };
}

/** A container may run under a number that no name belongs to. */
function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
