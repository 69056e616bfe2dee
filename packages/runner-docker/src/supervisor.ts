/**
 * The supervisor: a small process beside llem, so that no container outlives llem however llem ends. Run with node, never imported. Its
 * stderr is the engine's log. It imports the client of the engine when llem has died, and not before: it lives beside a measurement, has no timer and sleeps.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { answer, hearOrders } from '@llem/localhost/orders';
import { READY, readAddress, type GuardOrder, type Order } from './messages.js';

/** After the death of llem a request of its may be on its way: an engine that answers may take so long to make what it was asked for. */
const LOOK_AGAIN_MS = 5_000;
/** How long an engine that does not answer is asked again; what it has is then told as left over by `llem doctor`. */
const GIVE_UP_MS = 60_000;
const PAUSE_MS = 100;

let guarded: GuardOrder | null = null;
let isClearing = false;

process.on('uncaughtException', (error) => {
  console.error(error);
  process.exit(1);
});
hearOrders(obey, () => void clear());

function obey(order: unknown): void {
  if (!isOrder(order)) throw new Error('The supervisor was given an order that it does not know.');
  if (order.type === 'done') process.exit(0);
  guarded = order;
  answer(READY);
}

/** Removes what there is of the service, and looks again for a while where there is nothing. */
async function clear(): Promise<void> {
  if (isClearing) return;
  isClearing = true;
  if (guarded !== null) await removeAll(guarded);
  process.exit(0);
}

async function removeAll({ address, service }: GuardOrder): Promise<void> {
  const [{ openEngine }, { removeService }] = await Promise.all([
    import('./engine/client.js'),
    import('./container/remove.js'),
  ]);
  const engine = await openEngine(readAddress(address));
  const giveUpMs = performance.now() + GIVE_UP_MS;
  let noneSinceMs: number | null = null;
  while (performance.now() < giveUpMs) {
    const removed = await removeService(engine, service).catch(() => null);
    // A service has one container: once that was there and has gone, no other comes.
    if (removed) return;
    // An engine that hung, and answers again, has what waited before it still to do.
    noneSinceMs = removed === null ? null : (noneSinceMs ?? performance.now());
    if (noneSinceMs !== null && performance.now() - noneSinceMs >= LOOK_AGAIN_MS) return;
    await pause(PAUSE_MS);
  }
}

function isOrder(value: unknown): value is Order {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  if (value.type === 'done') return true;
  return value.type === 'guard' && 'address' in value && 'service' in value;
}
