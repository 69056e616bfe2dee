/** Energy where the thread that reads was interrupted inside its calls: on a virtual clock, so that the truth is known. */
import { expect, it } from 'vitest';
import { runVirtually, type VirtualReading } from '../sampler/virtual.fixture.js';
import { counterEnergy } from './counter.js';
import { generator } from '../../e2e/served-power.js';
import type { Series } from './series.js';

const WINDOWS = 300;
const WINDOW_MS = 1_000;
/** From the start of one window to the next, and how long before and after an edge counters are polled fast. */
const APART_MS = 2_500;
const LEAD_MS = 300;
const WATTS = 300;
/** The share of the calls that are interrupted, and for how long. */
const INTERRUPTED_SHARE = 0.4;
const SHORTEST_MS = 6;
const LONGEST_MS = 34;
/** Of power. */
const UPDATE_MS = 20;

const ns = (ms: number) => BigInt(Math.round(ms * 1e6));
const seriesOf = (readings: readonly VirtualReading[] = []): Series => ({
  atNs: readings.map(({ atMs }) => ns(atMs)),
  callNs: readings.map(({ callMs }) => callMs * 1e6),
  values: readings.map(({ value }) => value),
});

/** Of windows over a constant power: how often the interval of 95 % holds the truth, and its mean half-width. */
function hold(stepMs: number, withPower: boolean): { coverage: number; halfWidth: number } {
  const draw = generator(5);
  const length = () => SHORTEST_MS + (LONGEST_MS - SHORTEST_MS) * draw();
  // At one end of the call: whatever time the source itself takes, it is short.
  const interruptedMs = (): readonly [number, number] => {
    if (draw() > INTERRUPTED_SHARE) return [0, 0];
    return draw() < 0.5 ? [length(), 0] : [0, length()];
  };
  // Each step comes a little early or late, always the same.
  const early = Float64Array.from({ length: 4_096 }, () => 0.1 * stepMs * (draw() - 0.5));
  const steppedAt = (n: number) => n * stepMs + (early[n % early.length] ?? 0);
  const counter = (ms: number) => {
    if (stepMs === 0) return (WATTS * ms) / 1e3;
    let n = Math.floor(ms / stepMs) + 1;
    while (steppedAt(n) > ms) n -= 1;
    return (WATTS * steppedAt(n)) / 1e3;
  };
  const starts = Array.from({ length: WINDOWS }, (_, nth) => 3_000 + nth * APART_MS + 100 * draw());
  const untilMs = (starts.at(-1) ?? 0) + 2 * WINDOW_MS;
  const commands = starts
    .flatMap((start) => [start, start + WINDOW_MS])
    .flatMap((edge) => [[edge - LEAD_MS, 'edge'] as const, [edge + LEAD_MS, 'run'] as const]);
  const source = { callMs: 0.01, interruptedMs };
  const { readings } = runVirtually(
    [
      { ...source, quantity: 'energyJ', valueAt: counter },
      { ...source, quantity: 'powerW', valueAt: () => WATTS },
    ],
    untilMs,
    commands,
  );
  const [energyJ, powerW] = [seriesOf(readings[0]), seriesOf(readings[1])];
  const power = withPower ? { series: powerW, updateMs: UPDATE_MS } : null;
  const truthJ = (WATTS * WINDOW_MS) / 1e3;
  let [covered, widthJ] = [0, 0];
  for (const start of starts) {
    const interval = { startNs: ns(start), endNs: ns(start + WINDOW_MS) };
    const { joules, edgeJ } = counterEnergy(energyJ, interval, power) ?? { joules: 0, edgeJ: 0 };
    if (Math.abs(joules - truthJ) <= 1.96 * edgeJ) covered += 1;
    widthJ += 1.96 * edgeJ;
  }
  return { coverage: covered / WINDOWS, halfWidth: widthJ / WINDOWS / truthJ };
}

it('states an interval that holds the truth as often as it says, by steps and power that were read in such calls', () => {
  const each = [20, 30, 50].map((stepMs) => hold(stepMs, true));
  const coverage = each.reduce((sum, one) => sum + one.coverage, 0) / each.length;
  expect(coverage).toBeGreaterThanOrEqual(0.93);
  expect(coverage).toBeLessThanOrEqual(0.985);
  for (const { halfWidth } of each) expect(halfWidth).toBeLessThan(0.01);
});

it('holds it always for a counter without steps, which is off by no more than half a call, and is hardly wider for that', () => {
  const { coverage, halfWidth } = hold(0, false);
  expect(coverage).toBe(1);
  expect(halfWidth).toBeLessThan(0.02);
});
