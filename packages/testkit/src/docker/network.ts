/**
 * A bridge and subnets for each engine. Its name is a claim that no other process can make at the same time, and the engine
 * leaves the firewall and the forwarding of the machine alone, so that neither other engines nor the machine's own are disturbed.
 */
import { execFileSync } from 'node:child_process';

/** How many engines can run at once: one for each /24 of the subnets below. */
const CLAIMS = 256;

export interface ClaimedNetwork {
  /** Of the bridge; the engine's control groups are named so too. */
  readonly name: string;
  /** Flags of dockerd. */
  readonly args: readonly string[];
}

/** 198.18.0.0/15 is kept for benchmarks of networks (RFC 2544): no machine has an address there. */
const subnets = (index: number) => ({ bridge: `198.18.${index}.`, others: `198.19.${index}.` });
const nameOf = (index: number) => `llem-docker${index}`;

const ip = (...args: readonly string[]) =>
  execFileSync('busybox', ['ip', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Makes the first bridge that nobody has. Throws what `ip` says where none can be made. */
export function claimNetwork(): ClaimedNetwork {
  let refused: unknown;
  for (let index = 0; index < CLAIMS; index++) {
    const name = nameOf(index);
    try {
      ip('link', 'add', 'name', name, 'type', 'bridge');
    } catch (error) {
      refused = error;
      continue;
    }
    const { bridge, others } = subnets(index);
    ip('addr', 'add', `${bridge}1/24`, 'dev', name);
    ip('link', 'set', name, 'up');
    return {
      name,
      args: [
        ...['--bridge', name, '--default-address-pool', `base=${others}0/24,size=28`],
        ...['--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'],
      ],
    };
  }
  throw new Error('No bridge could be made for a Docker engine', { cause: refused });
}

/** Removes the bridge, and those of the networks that the engine made. */
export function releaseNetwork(name: string): void {
  const index = Number(name.slice(nameOf(0).length - 1));
  const ours = Object.values(subnets(index));
  for (const line of ip('-o', '-4', 'addr', 'show').split('\n')) {
    const [, link, address] = /^\d+:\s+(\S+)\s+inet\s+(\S+)/.exec(line) ?? [];
    if (link !== undefined && link !== name && ours.some((subnet) => address?.startsWith(subnet))) {
      ip('link', 'delete', link);
    }
  }
  ip('link', 'delete', name);
}
