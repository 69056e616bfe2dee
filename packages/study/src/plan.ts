/** Plans a study: equal experiments merged, impossible ones skipped with their reasons, the runs in their order. */
import {
  isLlemError,
  llemError,
  type Backend,
  type Experiment,
  type HostFacts,
  type JsonObject,
  type JsonValue,
  type Plan,
  type SkippedExperiment,
  type Violation,
} from '@llem/core';
import { experimentId, fingerprint, studyHash } from './canonical.js';
import { labelPoints } from './label.js';
import { orderRuns, shuffleSeedOf } from './order.js';
import type { StudyPoint } from './point.js';
import type { Study } from './study.js';

/** What planning needs to know beyond the study. */
export interface PlanContext {
  /** The backend with that id, bound to the options of one experiment. */
  readonly createBackend: (id: string, options: JsonObject) => Pick<Backend, 'constraints' | 'localModel'>;
  readonly host: HostFacts;
}

/** The plan of a study; it starts nothing. Throws LLEM_E_PLUGIN_BROKEN when a backend breaks its contract. */
export function planStudy(study: Study, context: PlanContext): Plan {
  const { distinct, merged } = mergeEqual(study.points);
  const experiments: Experiment[] = [];
  const skipped: SkippedExperiment[] = [];
  for (const { point, label } of distinct) {
    const experiment = toExperiment(point, label);
    const violations = violationsOf(experiment, context);
    if (violations.length === 0) experiments.push(experiment);
    else skipped.push({ label, asked: point.asked, violations });
  }
  const hash = studyHash(experiments.map(({ id }) => id));
  const shuffleSeed = shuffleSeedOf(study.execution, hash);
  return {
    schema: 'llem.plan/1',
    studyName: study.name,
    studyHash: hash,
    shuffleSeed,
    experiments,
    skipped,
    merged,
    runs: orderRuns(experiments, study.execution, shuffleSeed),
    execution: study.execution,
    energy: study.energy,
    runners: study.runners,
  };
}

interface LabelledPoint {
  readonly point: StudyPoint;
  readonly label: string;
}

/** Of points that resolve to the same settings the first stays: one that writes a default out is the same experiment. */
function mergeEqual(points: readonly StudyPoint[]): {
  readonly distinct: readonly LabelledPoint[];
  readonly merged: readonly string[];
} {
  const labels = labelPoints(points);
  const seen = new Set<string>();
  const comparable = createComparison();
  const distinct: LabelledPoint[] = [];
  const merged: string[] = [];
  for (const [index, point] of points.entries()) {
    const label = labels[index] ?? '';
    const resolved = comparable(point);
    if (seen.has(resolved)) merged.push(label);
    else distinct.push({ point, label });
    seen.add(resolved);
  }
  return { distinct, merged };
}

/** Gives points with the same settings the same text. */
function createComparison(): (point: StudyPoint) => string {
  // Parts whose keys are free, and may be written in any order. Many points share them, so each is canonicalised once.
  const known = new Map<string, string>();
  const free = (part: JsonValue): string => {
    const written = JSON.stringify(part);
    const print = known.get(written) ?? fingerprint(part);
    known.set(written, print);
    return print;
  };
  return ({ settings, asked, options }) => {
    const { model, backend, devices, workload, measure } = settings;
    const { dataset, ...shape } = workload;
    // What a schema has made has its keys in the order of the schema.
    return JSON.stringify([
      ...[model, backend, free(asked['runner'] ?? null), devices ?? null, shape],
      ...[free(dataset), measure, free(options)],
    ]);
  };
}

function toExperiment(point: StudyPoint, label: string): Experiment {
  const { settings } = point;
  return {
    id: experimentId(point.asked),
    label,
    asked: point.asked,
    factors: point.factors,
    model: settings.model,
    backend: settings.backend,
    runner: settings.runner ?? null,
    devices: settings.devices ?? null,
    workload: settings.workload,
    measure: settings.measure,
    options: point.options,
  };
}

function violationsOf(experiment: Experiment, { createBackend, host }: PlanContext): readonly Violation[] {
  try {
    const backend = createBackend(experiment.backend, experiment.options);
    const model = backend.localModel?.(experiment.model) ?? null;
    return backend.constraints(experiment, { ...host, model });
  } catch (cause) {
    if (isLlemError(cause)) throw cause;
    throw llemError(
      'LLEM_E_PLUGIN_BROKEN',
      `The backend "${experiment.backend}" cannot say whether "${experiment.label}" is possible.`,
      { remedy: 'Update the plugin, or tell its author: `constraints` never throws.', cause },
    );
  }
}
