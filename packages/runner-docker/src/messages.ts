/** What llem tells the supervisor of a container: one JSON value a line down its stdin. It answers with one line, `ready`. */
import type { EngineAddress } from './engine/address.js';

export const READY = 'ready';

/** The end of stdin, without the order `done`, says that llem has died. */
export type Order = GuardOrder | DoneOrder;

/** The first line: whatever the engine at this address has of this service is to be removed when llem dies. */
export interface GuardOrder {
  readonly type: 'guard';
  readonly address: WrittenAddress;
  readonly service: string;
}

/** Nothing of the service is left. */
export interface DoneOrder {
  readonly type: 'done';
}

/** PEM files in base64. */
export interface WrittenAddress {
  readonly url: string;
  readonly from: string;
  readonly tls: { ca?: string; cert?: string; key?: string; verify: boolean } | null;
}

export function writeAddress({ url, from, tls }: EngineAddress): WrittenAddress {
  if (tls === null) return { url, from, tls };
  const { ca, cert, key, verify } = tls;
  return { url, from, tls: { ...written({ ca, cert, key }), verify } };
}

export function readAddress({ url, from, tls }: WrittenAddress): EngineAddress {
  if (tls === null) return { url, from, tls };
  const [ca, cert, key] = [tls.ca, tls.cert, tls.key].map((text) =>
    text === undefined ? undefined : Buffer.from(text, 'base64'),
  );
  return { url, from, tls: { ca, cert, key, verify: tls.verify } };
}

const written = (files: Readonly<Record<string, Buffer | undefined>>) =>
  Object.fromEntries(
    Object.entries(files).flatMap(([name, bytes]) => (bytes ? [[name, bytes.toString('base64')]] : [])),
  );
