/** Whether an address of the network is one of this machine. */
import { lookup } from 'node:dns/promises';
import { hostname, networkInterfaces } from 'node:os';

/** By the name or address alone, as it stands in a URL. Asks nobody. */
export function isOwnAddress(named: string): boolean {
  const host = named.replace(/^\[|\]$/g, '');
  // A connection to "any address" goes to this machine.
  if (/^(localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|::1?)$/.test(host) || host === hostname()) return true;
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return own.some(({ address }) => address === host);
}

/** Also of a name that the system knows an address of this machine for. False where it knows none. Never rejects. */
export async function isThisMachine(named: string): Promise<boolean> {
  if (isOwnAddress(named)) return true;
  const found = await lookup(named, { all: true }).catch(() => []);
  return found.some(({ address }) => isOwnAddress(address));
}
