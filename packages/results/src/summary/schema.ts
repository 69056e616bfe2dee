/** summary.json, schema llem.summary/1: a study's figures over their repeats, and its verdict. Units are in the names. */
import { checkResultSchema, energyQualitySchema } from '@llem/core';
import { z } from 'zod';
import { METRIC_IDS } from '../statistics/metrics.js';
import { LEVEL } from '../statistics/repeats.js';

const num = z.number();
const count = z.int().min(0);
const text = z.string();
const scaleSchema = z.enum(['log', 'linear']);

export const intervalSchema = z.object({
  low: num,
  high: num,
  level: z.literal(LEVEL),
  scale: scaleSchema,
  method: z.literal('student-t'),
});

export const metricSummarySchema = z.object({
  /** Completed runs that have a value. */
  n: count,
  /** Completed runs that have none. */
  missing: count,
  /** The published figure: geometric mean on the log scale, arithmetic mean on the linear one. */
  centre: num.nullable(),
  scale: scaleSchema,
  /** Arithmetic mean. */
  mean: num.nullable(),
  /** Sample standard deviation (n - 1). */
  sd: num.nullable(),
  /** sd / |mean|. */
  cv: num.nullable(),
  /** For the centre; always contains it. Repeatability: random errors only, a meter's stated accuracy is not in it. */
  interval: intervalSchema.nullable(),
  /** Why a figure is null. */
  reason: text.nullable(),
});

export const metricsSummarySchema = z.record(z.enum(METRIC_IDS), metricSummarySchema);

/**
 * publishable: every planned run completed and each is publishable. demonstration: the study's own settings ask for
 * windows shorter than 30 s, so that it never set out to be, every planned run completed, and no check failed but
 * window-length, headline-energy and steady. overloaded: every planned run ended so, which answers how much the engine
 * takes and has no steady figure. not-publishable: anything else.
 */
export const verdictSchema = z.enum(['publishable', 'not-publishable', 'demonstration', 'overloaded']);

export const runCountsSchema = z.object({
  planned: count,
  completed: count,
  /** An answer, and no steady figure: in none of the metrics. */
  overloaded: count,
  failed: count,
  /** Given up after others of their experiment had failed one after the other. */
  skipped: count,
  interrupted: count,
  /** Planned, and neither recorded nor skipped. */
  missing: count,
  /** Of the completed. */
  publishable: count,
});

/** A check that failed, over the completed runs. */
const failingCheckSchema = z.object({
  id: text,
  severity: z.enum(['invalid', 'warning']),
  /** Runs in which it failed. */
  runs: count,
  /** What the worst of them measured, its limit and what it says; the first where the worst cannot be told. */
  value: checkResultSchema.shape.value,
  limit: checkResultSchema.shape.limit,
  message: text,
  /** Whether all of them say the same. */
  uniform: z.boolean(),
});

export const experimentSummarySchema = z.object({
  experimentId: text,
  label: text,
  factors: z.record(text, z.json()),
  verdict: verdictSchema,
  /** Why it is not publishable; empty when it is. */
  reasons: z.array(text),
  runs: runCountsSchema,
  /** Of the energy metrics. Null, with the reason, where there is none or the runs differ. */
  energy: z.object({
    scope: z.enum(['gpu', 'cpu', 'node']).nullable(),
    quality: energyQualitySchema.nullable(),
    reason: text.nullable(),
  }),
  metrics: metricsSummarySchema,
  /** What was reached of `execution.precision`; null where the study has none. */
  precision: z
    .object({
      /** Of the 95 % interval of energy per output token, as a share of its centre; null, with the reason, without one. */
      halfWidth: num.nullable(),
      reached: z.boolean(),
      reason: text.nullable(),
    })
    .nullable(),
  /** The checks that only repeats can make. */
  checks: z.array(checkResultSchema),
  failing: z.array(failingCheckSchema),
  /** Runs by class of failure. */
  failures: z.record(text, count),
  /** Why runs were skipped; null where none was. */
  skipReason: text.nullable(),
  /** Means over the overloaded runs, requests a second, and the checks that failed in them; null where there were none. */
  overload: z
    .object({
      /** Requests that became due, that were answered, and that held the SLO. */
      offeredPerS: num.nullable(),
      requestsPerS: num.nullable(),
      goodputPerS: num.nullable(),
      failing: z.array(failingCheckSchema),
    })
    .nullable(),
});

export const summarySchema = z.object({
  schema: z.literal('llem.summary/1'),
  studyName: text,
  studyHash: text,
  verdict: verdictSchema,
  reasons: z.array(text),
  order: z.enum(['shuffled', 'interleaved', 'sequential']),
  /** Whether the order allows runs of one cycle to be compared in pairs. */
  paired: z.boolean(),
  runs: runCountsSchema,
  /** The number of cycles followed from the figures (`execution.precision`); null where it was fixed beforehand. */
  adaptive: z
    .object({
      /** The metric whose interval decided. */
      metric: z.enum(METRIC_IDS),
      /** Half-width that was asked for, as a share of the centre. */
      precision: num,
      /** Cycles that there are, and most that there may be. */
      cycles: count,
      mostCycles: count,
      /** precise: the rule was met; most-cycles: it was not, and no cycle may be added; null: it has not come to its end. */
      ended: z.enum(['precise', 'most-cycles']).nullable(),
    })
    .nullable(),
  /** What a reader must know beside the figures. */
  notes: z.array(text),
  /** What each metric is. */
  metrics: z.record(
    z.enum(METRIC_IDS),
    z.object({ title: text, unit: text, better: z.enum(['lower', 'higher', 'neither']) }),
  ),
  /** In the order of the plan. */
  experiments: z.array(experimentSummarySchema),
});

export type Summary = z.output<typeof summarySchema>;
export type ExperimentSummary = z.output<typeof experimentSummarySchema>;
export type MetricSummary = z.output<typeof metricSummarySchema>;
export type RunCounts = z.output<typeof runCountsSchema>;
export type Verdict = z.output<typeof verdictSchema>;
