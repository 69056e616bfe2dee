/** The settings that every study knows, whatever its engines: one zod schema per section of the study file. */
import { z } from 'zod';
import { TRANSIENT_FAILURES } from './retries.js';
import { workloadSchema } from './workload.js';

const positiveInt = z.int().min(1);
const seconds = z.number().min(0).max(86_400);

export const warmupSchema = z
  .strictObject({
    max_s: seconds
      .default(180)
      .describe(
        'Longest warm-up, in seconds. It ends earlier once load and power are steady. 0 leaves it out.',
      ),
  })
  .describe('The load before the window, discarded.');

/** How one run is measured. */
export const measureSchema = z
  .strictObject({
    min_seconds: z
      .number()
      .min(1)
      .max(86_400)
      .default(30)
      .describe('Shortest steady window, in seconds. Under 30 a result is a demonstration, not publishable.'),
    idle_bare_s: seconds
      .default(10)
      .describe(
        'Seconds of idle power before any engine runs, once power has settled; once a session and again after an hour. 0 leaves it out.',
      ),
    settle_s: seconds
      .default(5)
      .describe(
        'Shortest wait before idle power is measured, in seconds. It goes on until power moves by less than 1 % over twice as long, 10 s at most, and ends after twelve times as long, 60 s at most. 0 leaves it out.',
      ),
    idle_loaded_s: seconds
      .default(10)
      .describe('Seconds of idle power with the model loaded and nothing in flight. 0 leaves it out.'),
    warmup: warmupSchema.prefault({}),
  })
  .describe('How each run is measured.');

const deviceListSchema = z
  .array(z.union([z.int().min(0), z.string().min(1)]))
  .min(1)
  .superRefine((devices, context) => {
    for (const [index, device] of devices.entries()) {
      if (devices.indexOf(device) < index)
        context.addIssue({ code: 'custom', path: [index], message: `names ${device} a second time` });
    }
  });

export const devicesSchema = z
  .union([z.enum(['all', 'none']), deviceListSchema])
  .describe(
    'GPUs that the engine sees and that are billed: all, none, or a list of indices or UUIDs. Default: what the engine is made for. Of a server that llem does not start: written, it says that the server is on this machine; else no energy is measured.',
  );

export const runnerChoiceSchema = z
  .union([
    z.string().regex(/^[a-z][a-z0-9-]*(:.+)?$/, 'expected a runner such as local, docker or docker:<image>'),
    z.looseObject({ type: z.string().min(1) }),
  ])
  .describe(
    'A runner: local, docker, docker:<image>, attach:<url>, or a mapping with `type` and the options of that runner.',
  );

/** Pauses in which devices cool down; a user's configuration may set them for every study. */
export const gapsSchema = z.strictObject({
  between_runs_s: seconds.default(10).describe('Pause between runs, in seconds, in which devices cool down.'),
  between_cycles_s: seconds
    .default(0)
    .describe(
      'Pause where one cycle ends and the next begins, in seconds, if longer than between_runs_s. In sequential order there is no such place.',
    ),
  until_c: z
    .union([z.literal('none'), z.number().min(1).max(120)])
    .default('none')
    .describe(
      'A run waits longer than that, the first one too, until the hottest GPU that it is billed for is no hotter, in degrees Celsius; none: it does not.',
    ),
  max_s: seconds
    .default(600)
    .describe('Longest wait for `until_c`, in seconds; the pauses by time are waited for in any case.'),
});

/** Cycles where the study does not say how many. */
const CYCLES = 3;
/** With `precision` the first look at the intervals is after so many cycles, and two looks in a row have to pass. */
export const ADAPTIVE_CYCLES = 5;
const LEAST_MAX_CYCLES = ADAPTIVE_CYCLES + 1;
const MAX_CYCLES = 20;

export const executionSchema = z
  .strictObject({
    cycles: positiveInt
      .max(1_000)
      .optional()
      .describe(
        'How often every experiment is repeated; with `precision` how often at least. Three are the least for an interval, five for claims. Default: 3; with `precision` 5, and no fewer.',
      ),
    precision: z
      .number()
      .min(0.001)
      .max(0.5)
      .optional()
      .describe(
        'Adds whole cycles until the 95 % interval of energy per output token, as it repeats here, reaches no further than this share of the figure to either side, for every experiment and after two cycles in a row: 0.02 is ±2 %.',
      ),
    max_cycles: z
      .int()
      .min(LEAST_MAX_CYCLES)
      .max(1_000)
      .optional()
      .describe('With `precision`: no cycle is added beyond this one. Default: 20.'),
    order: z
      .enum(['shuffled', 'interleaved', 'sequential'])
      .default('shuffled')
      .describe('shuffled: each cycle in a seeded random order; interleaved: ABAB; sequential: AABB.'),
    shuffle_seed: z
      .int()
      .min(0)
      .optional()
      .describe(
        'Seed of the shuffled order. Default: taken from the study, so that it is the same anywhere.',
      ),
    service: z
      .enum(['fresh', 'per_block'])
      .default('fresh')
      .describe(
        'fresh: every run starts an engine of its own; per_block: one engine serves the runs of a cycle that start it in the same way, for models that take minutes to load. These runs follow each other; not with order: sequential.',
      ),
    max_experiments: positiveInt
      .max(100_000)
      .default(1_000)
      .describe(
        'Most experiments that the study may have: more than that is refused before anything starts.',
      ),
    gaps: gapsSchema.prefault({}).describe('Pauses.'),
    retries: z
      .strictObject({
        max: z
          .int()
          .min(0)
          .max(10)
          .default(1)
          .describe('How often one run is tried again, each time as an attempt of its own. 0: never.'),
        classes: z
          .array(z.string().min(1))
          .default([...TRANSIENT_FAILURES])
          .describe(
            'Classes of failures that are worth it, as records name them. Default: a service that failed to start for a cause that may have gone.',
          ),
      })
      .prefault({})
      .describe('Further attempts at runs that failed.'),
    breaker: z
      .int()
      .min(0)
      .max(1_000)
      .default(3)
      .describe(
        'An experiment of which so many runs have failed one after the other is given up: its other cycles are recorded as skipped. 0: never.',
      ),
    fail_fast: z
      .boolean()
      .default(false)
      .describe('true: the first failed run ends the study. `llem resume` goes on with the rest.'),
    load_threads: z
      .union([z.literal('auto'), positiveInt.max(64)])
      .default('auto')
      .describe(
        'Threads that send requests and read answers. auto: one for each 1,024 requests in flight, at most half of the processors.',
      ),
    start_timeout_s: z
      .number()
      .min(1)
      .max(86_400)
      .default(600)
      .describe('Longest time until an engine answers, in seconds.'),
    stall_timeout_s: z
      .number()
      .min(1)
      .max(86_400)
      .default(120)
      .describe(
        'Longest silence of an engine that has requests in flight, or of a data set that a closed loop waits for, in seconds; over it the run is recorded as failed.',
      ),
    timeout_s: z
      .number()
      .min(1)
      .max(604_800)
      .default(3_600)
      .describe('Longest time of one run, in seconds; a run over it is recorded as failed.'),
  })
  .superRefine(checkAdaptive)
  .transform(({ cycles, ...execution }) =>
    execution.precision === undefined
      ? { ...execution, cycles: cycles ?? CYCLES }
      : {
          ...execution,
          cycles: cycles ?? ADAPTIVE_CYCLES,
          max_cycles: execution.max_cycles ?? MAX_CYCLES,
        },
  )
  .describe('How the study is carried out. No part of the identity of an experiment.');

/** How often a study is repeated, as it was written. */
interface WrittenCycles {
  readonly cycles?: number | undefined;
  readonly precision?: number | undefined;
  readonly max_cycles?: number | undefined;
  readonly order: 'shuffled' | 'interleaved' | 'sequential';
}

/** What makes no sense together with `precision`, or without it. */
function checkAdaptive(
  { cycles, precision, max_cycles: most, order }: WrittenCycles,
  context: z.RefinementCtx,
): void {
  const refuse = (key: keyof WrittenCycles, message: string) =>
    context.addIssue({ code: 'custom', path: [key], message });
  if (precision === undefined) {
    if (most !== undefined) refuse('max_cycles', 'has a meaning only with precision, which adds cycles');
    return;
  }
  if (order === 'sequential')
    refuse('order', 'no whole cycle can be added to it: with precision expected shuffled or interleaved');
  if (cycles !== undefined && cycles < ADAPTIVE_CYCLES)
    refuse('cycles', `with precision expected at least ${ADAPTIVE_CYCLES}`);
  if (cycles === undefined || cycles <= (most ?? MAX_CYCLES)) return;
  if (most === undefined)
    refuse('cycles', `with precision expected at most max_cycles, which is ${MAX_CYCLES} unless set`);
  else refuse('max_cycles', `expected at least cycles, which is ${cycles}`);
}

/** Which meters are read; a user's configuration may name them for every study. */
export const metersSchema = z
  .union([
    z.literal('auto'),
    z.array(z.union([z.string().min(1), z.looseObject({ type: z.string().min(1) })])),
  ])
  .describe(
    'auto: every meter that works here, an estimate only where none measures; or a list of meters, each by its id or as a mapping with `type` and its options.',
  );

export const energySchema = z
  .strictObject({
    meters: metersSchema.default('auto'),
    require: z
      .enum(['any', 'measured'])
      .default('any')
      .describe('measured: refuse to start where energy could only be estimated.'),
  })
  .describe('Which meters are read.');

/** Settings of one experiment that are not an engine's own; all may be swept. */
export const experimentSettingsSchema = z.strictObject({
  model: z
    .string()
    .min(1)
    .describe('The model: a Hugging Face name, a local path, or one of the generated llem/* models.'),
  backend: z.string().min(1).describe('The engine, by the id of its backend.'),
  runner: runnerChoiceSchema.optional(),
  devices: devicesSchema.optional(),
  workload: workloadSchema.prefault({}),
  measure: measureSchema.prefault({}),
});

/** Settings of a study as a whole; none may be swept. */
export const studySettingsSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'expected up to 64 letters, digits, ".", "_" or "-"')
    .describe('Name of the study; the result directory begins with it.'),
  runners: z.record(z.string(), runnerChoiceSchema).optional().describe('The runner for each backend.'),
  execution: executionSchema.prefault({}),
  energy: energySchema.prefault({}),
});

export type Measure = z.output<typeof measureSchema>;
export type DeviceSelection = z.output<typeof devicesSchema>;
export type RunnerChoice = z.output<typeof runnerChoiceSchema>;
export type Execution = z.output<typeof executionSchema>;
export type EnergySettings = z.output<typeof energySchema>;
export type ExperimentSettings = z.output<typeof experimentSettingsSchema>;
export type StudySettings = z.output<typeof studySettingsSchema>;
