/** Which network a container is given. */
import { isLlemError } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { FACTS } from './host.fixture.js';
import { chooseNetwork, listenAddress } from './network.js';

const ELSEWHERE = [
  ['Docker Desktop', { ...FACTS, isDesktop: true, isLocal: false }],
  ['a rootless engine', { ...FACTS, isRootless: true }],
  ['an engine in a virtual machine', { ...FACTS, isLocal: false }],
] as const;

describe('auto', () => {
  it("is the host's where that is this machine's", () => {
    expect(chooseNetwork('auto', FACTS)).toBe('host');
  });

  it.each(ELSEWHERE)('is one of its own under %s', (_, facts) => {
    expect(chooseNetwork('auto', facts)).toBe('bridge');
  });
});

it.each(ELSEWHERE)('the network of the host is refused in words under %s', (_, facts) => {
  let error: unknown;
  try {
    chooseNetwork('host', facts);
  } catch (thrown) {
    error = thrown;
  }
  expect(isLlemError(error) && [error.failureClass, error.remedy]).toEqual([
    'network-unavailable',
    'Set `network: auto` in the options of the runner.',
  ]);
});

it('the one that is asked for is taken where it can be had', () => {
  expect(chooseNetwork('host', FACTS)).toBe('host');
  expect(chooseNetwork('bridge', FACTS)).toBe('bridge');
});

it('an engine listens to this machine alone: on loopback, or inside of its own network', () => {
  expect([listenAddress('host'), listenAddress('bridge')]).toEqual(['127.0.0.1', '0.0.0.0']);
});
