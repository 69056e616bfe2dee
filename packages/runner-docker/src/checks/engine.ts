/** Whether there is an engine that llem can use. */
import { absent, isLlemError, ok, type Check } from '@llem/core';
import { engineAddress, placeOf, type EngineAddress, type Environment } from '../engine/address.js';
import type { Connection } from '../engine/connection.js';
import type { DockerFacts } from '../engine/facts.js';
import { asFinding } from './finding.js';

export const engineCheck = (connection: Connection, env: Environment): Check => ({
  id: 'docker.engine',
  title: 'Docker engine',
  run: async (signal) => {
    try {
      const facts = await connection.facts(signal);
      const { address } = await connection.engine();
      return ok(engineText(facts, address));
    } catch (error) {
      return isLlemError(error) && error.failureClass === 'docker-unreachable' && isNowhere(env)
        ? absent(error.message, error.remedy)
        : asFinding(error);
    }
  },
});

/** Nobody has said that there should be one. */
function isNowhere(env: Environment): boolean {
  try {
    return engineAddress(env).from === 'default';
  } catch {
    return false;
  }
}

function engineText(facts: DockerFacts, address: EngineAddress): string {
  const name = facts.kind === 'podman' ? 'Podman' : facts.isDesktop ? 'Docker Desktop' : 'Docker';
  const rootless = facts.isRootless ? ', rootless' : '';
  return `${name} ${facts.version}${rootless}, API ${facts.apiVersion}, at ${placeOf(address)}.`;
}
