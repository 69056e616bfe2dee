/** Where a URL leads: the addresses of its host, as the kernel takes them (`sockaddr`, ip(7) and ipv6(7)). */
import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { FAMILY } from './libc.js';

/** Every address of the host of an `http:` URL, in the order in which to try them. Rejects with the code of the resolver. */
export async function addressesOf(url: URL): Promise<Buffer[]> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? 80 : Number(url.port);
  const found = net.isIP(host) ? [{ address: host }] : await lookup(host, { all: true });
  return found.map(({ address }) => (net.isIPv6(address) ? ipv6(address, port) : ipv4(address, port)));
}

function ipv4(address: string, port: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16LE(FAMILY.ipv4, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.set(address.split('.').map(Number), 4);
  return bytes;
}

/** Without a zone: a URL has no place for one. */
function ipv6(address: string, port: number): Buffer {
  const bytes = Buffer.alloc(28);
  bytes.writeUInt16LE(FAMILY.ipv6, 0);
  bytes.writeUInt16BE(port, 2);
  ipv6Groups(address).forEach((group, index) => bytes.writeUInt16BE(group, 8 + 2 * index));
  return bytes;
}

/** The eight groups of an address that `net.isIPv6` takes; the last two may be written as IPv4. */
function ipv6Groups(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const [, before = '', a = '0', b = '0', c = '0', d = '0'] = dotted ?? [];
  const pair = (high: string, low: string) => ((Number(high) << 8) | Number(low)).toString(16);
  const plain = dotted ? `${before}${pair(a, b)}:${pair(c, d)}` : address;
  const [head = '', tail] = plain.split('::');
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [left, right] = [groups(head), groups(tail ?? '')];
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}
