/** The supervisor of one service, as llem has it: started before its container is made. */
import { fileURLToPath } from 'node:url';
import { llemError } from '@llem/core';
import { launchSupervisor } from '@llem/localhost';
import type { EngineAddress } from '../engine/address.js';
import { writeAddress, type Order } from '../messages.js';

/** Through `dist`, so that it is found from the sources as well. */
const SUPERVISOR = fileURLToPath(new URL('../../dist/supervisor.js', import.meta.url));

export interface Guard {
  readonly pid: number | null;
  /** Settles when it has gone, with what there is to say about that. Never rejects. */
  readonly gone: Promise<string>;
  /** Nothing of the service is left: it ends. */
  done(): void;
  /** It is to remove what there is, as if llem had died; nobody waits for it. */
  leave(): void;
}

/** Resolves once it watches. Throws LLEM_E_START. */
export async function launchGuard(address: EngineAddress, service: string, logPath: string): Promise<Guard> {
  const supervisor = await launchSupervisor(SUPERVISOR, logPath);
  const order = (one: Order) => supervisor.send(one);
  order({ type: 'guard', address: writeAddress(address), service });
  if ((await supervisor.nextLine()) === null) {
    throw llemError(
      'LLEM_E_START',
      `The process that supervises the container ended early: ${await supervisor.result}.`,
      {
        remedy: `Read ${logPath}; make sure that nothing kills processes of this user.`,
        failureClass: 'supervisor-failed',
      },
    );
  }
  return {
    pid: supervisor.pid,
    gone: supervisor.result,
    done: () => order({ type: 'done' }),
    leave: () => supervisor.leave(),
  };
}
