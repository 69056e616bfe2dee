/** The network of a container: that of the host, or one of its own with a port published to this machine. Pure. */
import { llemError } from '@llem/core';
import { LOOPBACK } from '@llem/localhost';
import type { DockerFacts } from '../engine/facts.js';
import type { DockerOptions } from '../options.js';

export type NetworkMode = 'host' | 'bridge';
/** What of an engine decides on it. */
export type NetworkFacts = Pick<DockerFacts, 'isRootless' | 'isDesktop' | 'isLocal'>;

/**
 * The host's where it can be had: nothing stands between load and engine then. Throws LLEM_E_START of the class `network-unavailable`
 * where it is asked for and cannot.
 */
export function chooseNetwork(asked: DockerOptions['network'], facts: NetworkFacts): NetworkMode {
  const obstacle = hostObstacle(facts);
  if (asked === 'host' && obstacle !== null) {
    throw llemError(
      'LLEM_E_START',
      `\`network: host\` is asked for, and ${obstacle}: the engine could not be reached.`,
      { remedy: 'Set `network: auto` in the options of the runner.', failureClass: 'network-unavailable' },
    );
  }
  return asked === 'auto' ? (obstacle === null ? 'host' : 'bridge') : asked;
}

/** Where the engine listens: in a network of its own on all addresses, of which one port is published to loopback alone. */
export const listenAddress = (mode: NetworkMode): string => (mode === 'host' ? LOOPBACK : '0.0.0.0');

/** Why the host's network is not that of this machine; null where it is. */
function hostObstacle({ isRootless, isDesktop, isLocal }: NetworkFacts): string | null {
  if (isDesktop) return 'the containers of Docker Desktop are in a virtual machine';
  if (isRootless) return 'those of a rootless engine have a network of their own';
  return isLocal ? null : 'the engine runs under another kernel than this machine';
}
