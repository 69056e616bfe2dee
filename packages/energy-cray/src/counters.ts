/** Cray's pm_counters: which domains a node counts, and in which files. */
import { join } from 'node:path';
import type { Scope } from '@llem/core';
import { obstacle } from '@llem/sysfs';

/** A domain with its files; each holds a number, its unit and the time at which it was taken: `3712398 J 1700000000123456 us`. */
export interface Domain {
  readonly id: string;
  readonly scope: Scope;
  readonly name: string;
  /** What it contains and what contains it. */
  readonly overlaps: readonly string[];
  /** Cumulative joules, and watts. */
  readonly energyFile: string;
  readonly powerFile: string;
}

/**
 * All that a node may have. The node's figure includes accelerators; a processor's that of all sockets together (HPE, "User Access to Compute
 * Node Power Data").
 */
export function domainsOf(root: string): Domain[] {
  const of = (prefix: string) => ({
    energyFile: join(root, `${prefix}energy`),
    powerFile: join(root, `${prefix}power`),
  });
  return [
    {
      id: 'node:cray',
      scope: 'node',
      name: 'Cray node',
      overlaps: ['cpu:*', 'dram:*', 'gpu:*', 'node:*'],
      ...of(''),
    },
    { id: 'cpu:cray', scope: 'cpu', name: 'Cray processors', overlaps: ['cpu:*', 'node:*'], ...of('cpu_') },
    { id: 'dram:cray', scope: 'dram', name: 'Cray memory', overlaps: ['dram:*', 'node:*'], ...of('memory_') },
  ];
}

/** The domains whose energy can be read. */
export const readableDomains = (root: string) =>
  domainsOf(root).filter(({ energyFile }) => obstacle(energyFile) === null);
