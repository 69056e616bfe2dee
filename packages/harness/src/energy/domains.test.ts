import type { EnergyDomain } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { headlineScope, scopeTotal } from './domains.js';

function domain(id: string, more: Partial<EnergyDomain>): EnergyDomain {
  return {
    id,
    scope: 'cpu',
    name: id,
    meter: 'test',
    joules: 100,
    quality: 'counter',
    edgeJ: 3,
    gainRel: 0.05,
    counter: { joules: 100, edgeJ: 3, gainRel: 0.05, samples: 100, longestGapS: 0.1, stepMs: null },
    integral: null,
    divergence: null,
    meanPowerW: 10,
    maxPowerW: 12,
    samples: 100,
    idle: {
      bare: { watts: 1, sdW: 0.1, durationS: 10, ageS: 60 },
      loaded: { watts: 2, sdW: 0.1, durationS: 10, ageS: 5 },
    },
    adjustedJ: 80,
    adjustedEdgeJ: 6,
    overlaps: [],
    reason: null,
    ...more,
  };
}
const work = { outputTokens: 50, inputTokens: 150, requests: 5 };

describe('the total of a scope', () => {
  it('adds energies, adds gains, and adds edge errors in quadrature', () => {
    const total = scopeTotal([domain('a', {}), domain('b', { edgeJ: 4, adjustedEdgeJ: 8 })], 'cpu', 10, work);
    expect(total).toMatchObject({
      joules: 200,
      edgeJ: 5,
      quality: 'counter',
      joulesPerOutputToken: 4,
      joulesPerToken: 1,
      joulesPerRequest: 40,
    });
    expect(total?.gainRel).toBeCloseTo(0.05);
    expect(total).toMatchObject({ adjustedJ: 160, adjustedEdgeJ: 10 });
  });

  it('never adds domains that overlap, nor an estimate to a measurement', () => {
    const nested = [
      domain('package', { overlaps: ['core'] }),
      domain('core', { overlaps: ['package'], joules: 70 }),
    ];
    expect(scopeTotal(nested, 'cpu', 10, work)?.joules).toBe(100);
    const mixed = [domain('guess', { quality: 'estimated', joules: 999 }), domain('meter', {})];
    expect(scopeTotal(mixed, 'cpu', 10, work)).toMatchObject({ joules: 100, quality: 'counter' });
  });

  it('is null when one of its domains has no figure: a part is not the whole', () => {
    const lost = domain('b', { joules: null, quality: null, edgeJ: null, gainRel: null, reason: 'lost' });
    expect(scopeTotal([domain('a', {}), lost], 'cpu', 10, work)).toBeNull();
    expect(scopeTotal([], 'cpu', 10, work)).toBeNull();
  });

  it('has no figure per token when there were no tokens', () => {
    expect(
      scopeTotal([domain('a', {})], 'cpu', 10, { outputTokens: 0, inputTokens: 0, requests: 0 }),
    ).toMatchObject({
      joulesPerOutputToken: null,
      joulesPerToken: null,
      joulesPerRequest: null,
    });
  });
});

it('takes the GPU as the headline where GPUs are used, and nothing where they are not metered', () => {
  expect(headlineScope(new Set(['gpu', 'cpu'] as const), true)).toBe('gpu');
  expect(headlineScope(new Set(['cpu'] as const), true)).toBeNull();
  expect(headlineScope(new Set(['gpu', 'cpu', 'dram'] as const), false)).toBe('cpu');
  expect(headlineScope(new Set(['node'] as const), false)).toBe('node');
});
