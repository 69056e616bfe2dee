/** plan.json: core's Plan as it is read back from disk. */
import {
  devicesSchema,
  energySchema,
  executionSchema,
  measureSchema,
  runnerChoiceSchema,
  workloadSchema,
  type Plan,
} from '@llem/core';
import { z } from 'zod';

const json = z.record(z.string(), z.json());
const text = z.string();

const experimentSchema = z.object({
  id: text,
  label: text,
  asked: json,
  factors: json,
  model: text,
  backend: text,
  runner: runnerChoiceSchema.nullable(),
  devices: devicesSchema.nullable(),
  workload: workloadSchema,
  measure: measureSchema,
  options: json,
});

const skippedSchema = z.object({
  label: text,
  asked: json,
  violations: z.array(z.object({ path: text, message: text })),
});

const plannedRunSchema = z.object({
  position: z.int().min(1),
  experimentId: text,
  cycle: z.int().min(1),
  seed: z.int().min(0),
});

export const planSchema = z.object({
  schema: z.literal('llem.plan/1'),
  studyName: text,
  studyHash: text,
  shuffleSeed: z.number(),
  experiments: z.array(experimentSchema),
  skipped: z.array(skippedSchema),
  merged: z.array(text),
  runs: z.array(plannedRunSchema),
  execution: executionSchema,
  energy: energySchema,
  runners: z.record(text, runnerChoiceSchema),
}) satisfies z.ZodType<Plan>;
