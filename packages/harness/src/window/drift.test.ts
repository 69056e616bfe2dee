/** How often windows of known truth are said to drift: queues with arrivals by chance, and power that follows them. */
import { describe, expect, it } from 'vitest';
import { WINDOW_PARTS } from './accounting.js';
import { meanByPart } from './backlog.js';
import { changesOf } from './drift.js';
import { simulateQueue, uniform, type Queue } from './queue.fixture.js';

/** The part of a service before the first token. */
const PREFILL = 0.05;
/** Of idle power and of a full engine, W; the meter's own noise, relative. */
const [IDLE_W, PREFILL_W, DECODE_W, NOISE] = [100, 100, 500, 0.003];

/** Throughput, power and requests in the system, by part of the window. Power rises less and less with the load. */
function window(queue: Queue, seed: number) {
  const { served, openS, closeS } = simulateQueue(queue, seed);
  const draw = uniform(seed + 7_919);
  // Approximately normal: twelve uniform numbers have a variance of 1.
  const noise = () =>
    1 + NOISE * (Array.from({ length: 12 }, draw).reduce((sum, value) => sum + value, 0) - 6);
  const mean = (pick: (one: (typeof served)[number]) => readonly [number, number]) =>
    meanByPart(
      served.map((one) => pick(one)).map(([fromNs, toNs]) => ({ fromNs, toNs })),
      { fromNs: openS, toNs: closeS },
      WINDOW_PARTS,
    );
  const firstS = ({ startS, endS }: (typeof served)[number]) => startS + PREFILL * (endS - startS);
  const decoding = mean((one) => [firstS(one), one.endS]);
  const prefilling = mean((one) => [one.startS, firstS(one)]);
  const powerW = decoding.map((count, part) => {
    const prefill = (prefilling[part] ?? 0) / (PREFILL * queue.servers);
    return noise() * (IDLE_W + PREFILL_W * prefill + DECODE_W * Math.sqrt(count / queue.servers));
  });
  return { decoding, powerW, backlog: mean(({ dueS, endS }) => [dueS, endS]) };
}

/** Multiplies by what grows from one side of 1 to the other, by `drift` in all. */
const drifting = (values: readonly number[], drift: number) =>
  values.map((value, part) => value * (1 + drift * (part / (values.length - 1) - 0.5)));

/** Of so many windows, the share that is said to drift. */
function calledInvalid(
  queue: Queue,
  windows: number,
  drift: { readonly throughput?: number; readonly power?: number } = {},
): number {
  let invalid = 0;
  for (let seed = 0; seed < windows; seed += 1) {
    const { decoding, powerW, backlog } = window(queue, seed);
    const changes = changesOf({
      // Every server decodes 50 tokens/s.
      throughput: drifting(decoding, drift.throughput ?? 0).map((count) => 50 * count),
      powerW: drifting(powerW, drift.power ?? 0),
      backlog,
    });
    if (changes.some(({ drifts }) => drifts)) invalid += 1;
  }
  return invalid / windows;
}

const queue = (more: Partial<Queue>): Queue => ({
  arrivals: 'random',
  services: 'random',
  servers: 32,
  serviceS: 2,
  load: 0.7,
  windowS: 30,
  ...more,
});
/** At least 60, 240 and 960 requests. */
const [small, medium, large] = [{ servers: 8 }, {}, { servers: 64, windowS: 60 }] as const;
const SERVICES = ['even', 'random'] as const;

describe('an open loop of known truth', () => {
  it.each([
    ['small', small, 400],
    ['medium', medium, 200],
    ['large', large, 100],
  ] as const)('is seldom said to drift where it is steady, in %s windows', (_, size, windows) => {
    const shares = [0.5, 0.9].flatMap((load) =>
      SERVICES.map((services) => calledInvalid(queue({ ...size, load, services }), windows)),
    );
    expect(Math.max(...shares)).toBeLessThanOrEqual(0.03);
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeLessThanOrEqual(0.02);
  });

  it('is nearly always said to drift where power at equal load changes by 10 %', () => {
    for (const services of SERVICES) {
      for (const load of [0.5, 0.9])
        expect(
          calledInvalid(queue({ ...large, load, services }), 100, { power: 0.1 }),
        ).toBeGreaterThanOrEqual(0.97);
    }
  });

  it('is nearly always said to drift where throughput at equal load changes by 10 %, unless it is close to its limit', () => {
    for (const services of SERVICES) {
      expect(calledInvalid(queue({ ...medium, services }), 100, { throughput: 0.1 })).toBeGreaterThanOrEqual(
        0.9,
      );
      expect(calledInvalid(queue({ ...large, services }), 100, { throughput: 0.1 })).toBeGreaterThanOrEqual(
        0.97,
      );
    }
  });
});

describe('a closed loop', () => {
  const flat = [100, 101, 99, 100, 102, 98, 100, 101, 99, 100];

  it('is judged as it is, since its load is held: a change of 5 % and less is none, nor is noise', () => {
    const changes = (throughput: readonly number[]) =>
      changesOf({ throughput, powerW: null, backlog: null }).map(({ drifts }) => drifts);
    expect(changes(drifting(flat, 0.1))).toEqual([true]);
    expect(changes(drifting(flat, -0.1))).toEqual([true]);
    expect(changes(drifting(flat, 0.04))).toEqual([false]);
    expect(changes([80, 130, 70, 125, 75, 135, 80, 128, 72, 140])).toEqual([false]);
    expect(changes(flat.map(() => 0))).toEqual([false]);
  });

  it('tells power beside throughput where there is one', () => {
    expect(changesOf({ throughput: flat, powerW: drifting(flat, 0.2), backlog: null })).toMatchObject([
      { what: 'Throughput', drifts: false },
      { what: 'Power', drifts: true },
    ]);
  });
});
