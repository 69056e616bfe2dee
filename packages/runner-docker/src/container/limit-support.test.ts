import { expect, it } from 'vitest';
import { dockerOptions } from './host.fixture.js';
import { requireLimits } from './limit-support.js';

const all = { limits: { memory: true, cpus: true } };
const none = { limits: { memory: false, cpus: false } };

it('takes limits that the engine can hold a container to, and no limits from any engine', () => {
  expect(() => requireLimits(dockerOptions({ memory_gib: 1, cpus: 1 }), all)).not.toThrow();
  expect(() => requireLimits(dockerOptions(), none)).not.toThrow();
});

it('refuses those that an engine without control groups would take and forget', () => {
  const refused = (options: object, facts = none) =>
    expect(() => requireLimits(dockerOptions(options), facts));
  refused({ memory_gib: 1 }).toThrow('cannot hold a container to `memory_gib`:');
  refused({ cpus: 1 }).toThrow('cannot hold a container to `cpus`:');
  refused({ memory_gib: 1, cpus: 1 }).toThrow('`memory_gib` and `cpus`');
  refused({ memory_gib: 1, cpus: 1 }, { limits: { memory: true, cpus: false } }).toThrow('to `cpus`:');
});
