/** Which addresses are this machine. */
import { hostname, networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { isOwnAddress, isThisMachine } from './address.js';

const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);

it.each([
  'localhost',
  '127.0.0.1',
  '127.0.1.1',
  '0.0.0.0',
  '[::1]',
  '::',
  hostname(),
  ...own.map((one) => one.address),
])('%s is this machine', async (host) => {
  expect(isOwnAddress(host)).toBe(true);
  expect(await isThisMachine(host)).toBe(true);
});

// Addresses and a name that are for documentation alone (RFC 5737, RFC 3849, RFC 2606).
it.each(['192.0.2.7', '[2001:db8::7]', 'gpu7.invalid'])('%s is another one', async (host) => {
  expect(isOwnAddress(host)).toBe(false);
  expect(await isThisMachine(host)).toBe(false);
});
