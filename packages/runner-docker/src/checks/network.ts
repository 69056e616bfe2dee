/** Whether a container can have the network that a study asks for. */
import { ok, type Check } from '@llem/core';
import { chooseNetwork, type NetworkFacts } from '../container/network.js';
import type { DockerOptions } from '../options.js';
import { asFinding } from './finding.js';

export const networkCheck = (
  connection: { facts(signal: AbortSignal): Promise<NetworkFacts> },
  asked: DockerOptions['network'],
): Check => ({
  id: 'docker.network',
  title: 'Network of containers',
  run: async (signal) => {
    try {
      const network = chooseNetwork(asked, await connection.facts(signal));
      return ok(
        network === 'host'
          ? 'Containers have the network of this machine.'
          : 'Containers have a network of their own, with a port published to loopback.',
      );
    } catch (error) {
      return asFinding(error);
    }
  },
});
