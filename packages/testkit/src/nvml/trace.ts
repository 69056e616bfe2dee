/** The power trace of a simulated GPU: what it draws from when on, and the energy until then. */
import { gpuAt, type ControlFile } from './file.js';
import { GPU, MAX_STEPS } from './layout.js';

/** As in a trace of `power_w`: seconds of its clock, and watts from then on. */
export interface PowerStep {
  readonly from_s: number;
  readonly power_w: number;
}

/** Appends a step. Throws when the trace is full, or when time would go back. */
export function addStep(file: ControlFile, gpu: number, fromNs: number, watts: number): void {
  const base = gpuAt(gpu);
  const count = file.number(base + GPU.at('steps'));
  if (count >= MAX_STEPS) {
    throw new Error(`The power trace of the simulated GPU ${gpu} is full: it has ${MAX_STEPS} steps.`);
  }
  let joules = 0;
  if (count > 0) {
    const last = count - 1;
    const sinceNs = fromNs - file.number(base + GPU.at('stepFromNs', last));
    if (sinceNs < 0)
      throw new Error(`The power trace of the simulated GPU ${gpu} goes back in time at step ${count}.`);
    joules =
      file.number(base + GPU.at('stepJ', last)) + (file.number(base + GPU.at('stepW', last)) * sinceNs) / 1e9;
  }
  file.put(base + GPU.at('stepFromNs', count), fromNs);
  file.put(base + GPU.at('stepW', count), watts);
  file.put(base + GPU.at('stepJ', count), joules);
  // Counted last, so that whoever reads it sees whole steps only.
  file.put(base + GPU.at('steps'), count + 1);
}

/** The trace so far. */
export function readTrace(file: ControlFile, gpu: number): PowerStep[] {
  const base = gpuAt(gpu);
  const count = file.number(base + GPU.at('steps'));
  const fromNs = file.numbers(base + GPU.at('stepFromNs'), count);
  const watts = file.numbers(base + GPU.at('stepW'), count);
  return Array.from(fromNs, (ns, step) => ({ from_s: ns / 1e9, power_w: watts[step] ?? Number.NaN }));
}
