/** A cycle of short runs on simulated engines, with one service for those that need the same. */
import type { Backend, Experiment, LlemEvent } from '@llem/core';
import type { EngineOptionsInput, SimulatedEngine } from '@llem/testkit';
import { execute, type ExecuteRequest } from '../dist/index.js';
import { experiment, QUICK, request, simulatedRunner } from './simulation.js';

const ENGINE: EngineOptionsInput = { slots: 16, ttftMs: 4, itlMs: 1, cache: { blockTokens: 4 } };
const SHORT = { ...QUICK, min_seconds: 1, warmup: { max_s: 0 } };
export const run = (id: string, measure: object = {}): Experiment =>
  experiment(id, 8, {}, { ...SHORT, ...measure });

/** The experiments in a first cycle, and the first of them in a second one where `again` says so. */
export function block(
  folder: string,
  of: Backend,
  experiments: readonly Experiment[],
  more: { again?: boolean; dataset?: object; signal?: AbortSignal } = {},
) {
  const { runner, engines } = simulatedRunner(ENGINE);
  const made = request(folder, runner, experiments, {
    backend: of,
    execution: { service: 'per_block' },
    ...(more.dataset ? { dataset: more.dataset } : {}),
    ...(more.signal ? { signal: more.signal } : {}),
  });
  const { plan } = made.request;
  const [first] = plan.runs;
  const second = first && more.again ? [{ ...first, cycle: 2, position: plan.runs.length + 1 }] : [];
  const { records, events } = made.recorded;
  const carryOut = (onEvent: (event: LlemEvent) => void = () => undefined) => {
    const emit: ExecuteRequest['emit'] = (event) => {
      made.request.emit(event);
      onEvent(event);
    };
    return execute({ ...made.request, emit, plan: { ...plan, runs: [...plan.runs, ...second] } });
  };
  const phases = (runId: string) =>
    events.flatMap((event) => (event.type === 'phase' && event.runId === runId ? [event.phase] : []));
  return { carryOut, engines, records, events, phases };
}

/** Of all prompts that the engine was sent: what its cache had of them. */
export const cachedTokens = (engine: SimulatedEngine | undefined) =>
  engine?.ledger.entries.reduce((sum, entry) => sum + entry.cachedTokens, 0);
