/** The verdict of an experiment and of a study, with its reasons. */
import { MIN_PUBLISHABLE_WINDOW_S, type Experiment } from '@llem/core';
import type { ExperimentSummary, RunCounts, Verdict } from './schema.js';

type Evidence = Pick<ExperimentSummary, 'runs' | 'failing' | 'failures'>;

interface Judgement {
  readonly verdict: Verdict;
  /** Empty when publishable. */
  readonly reasons: string[];
}

/**
 * What a demonstration may fail in: its windows are short by design, an estimate shows how llem works as well as a
 * measurement does, and ten seconds on a machine that somebody works at are seldom steady. Everything else says that the
 * figures are not what they are called, whatever the length of the window.
 */
const ALLOWED_IN_DEMONSTRATION: ReadonlySet<string> = new Set(['window-length', 'headline-energy', 'steady']);

/**
 * Publishable only with every planned run completed and publishable: the cycles that are left when others failed are a
 * selection. A demonstration asks for short windows in its own settings, and has no other fault than such as follow.
 */
export function judgeExperiment({ measure }: Pick<Experiment, 'measure'>, evidence: Evidence): Judgement {
  const { runs, failing } = evidence;
  const missing = missingRuns(evidence);
  const reasons = [...missing, ...invalidRuns(evidence)];
  const short = measure.min_seconds < MIN_PUBLISHABLE_WINDOW_S;
  if (short) {
    reasons.unshift(
      `The settings ask for windows of ${measure.min_seconds} s; below ${MIN_PUBLISHABLE_WINDOW_S} s a figure is a demonstration (measure.min_seconds).`,
    );
  }
  if (reasons.length === 0) return { verdict: 'publishable', reasons };
  const invalid = failing.filter((check) => check.severity === 'invalid');
  // A run that is not publishable without a check that says why has no known fault that could be allowed.
  const explained = invalid.length > 0 || runs.publishable === runs.completed;
  const allowed = invalid.every((check) => ALLOWED_IN_DEMONSTRATION.has(check.id));
  const demonstrates = short && missing.length === 0 && explained && allowed;
  return { verdict: demonstrates ? 'demonstration' : 'not-publishable', reasons };
}

function missingRuns({ runs, failures }: Evidence): string[] {
  if (runs.planned === 0) return ['No run was planned.'];
  const reasons: string[] = [];
  if (runs.failed > 0) {
    const classes = Object.entries(failures).map(([name, count]) => `${name}: ${count}`);
    reasons.push(`${ofRuns(runs.failed, runs.planned)} failed (${classes.join(', ')}).`);
  }
  const open = runs.interrupted + runs.missing;
  if (open > 0) reasons.push(`${ofRuns(open, runs.planned)} did not end.`);
  return reasons;
}

function invalidRuns({ runs, failing }: Evidence): string[] {
  const invalid = runs.completed - runs.publishable;
  if (invalid === 0) return [];
  const checks = failing.filter((check) => check.severity === 'invalid');
  const named = checks.map((check) => `${check.id}: ${check.runs}`).join(', ') || 'without any check';
  return [`${ofRuns(invalid, runs.completed, 'completed ')} not publishable (${named}).`];
}

const ofRuns = (some: number, all: number, kind = ''): string =>
  `${some} of ${all} ${kind}${all === 1 ? 'run' : 'runs'}`;

/**
 * Publishable where all experiments are, a demonstration where all are demonstrations. In a study of both, the short
 * experiments keep it from being publishable and are named like any other reason.
 */
export function judgeStudy(experiments: readonly ExperimentSummary[], runs: RunCounts): Judgement {
  if (runs.completed === 0)
    return { verdict: 'not-publishable', reasons: ['No run completed.', ...reasonsOf(experiments)] };
  const verdict: Verdict = experiments.every((experiment) => experiment.verdict === 'publishable')
    ? 'publishable'
    : experiments.every((experiment) => experiment.verdict === 'demonstration')
      ? 'demonstration'
      : 'not-publishable';
  return { verdict, reasons: reasonsOf(experiments) };
}

/** Every reason once, with the experiments that it holds for where it does not hold for all. */
function reasonsOf(experiments: readonly ExperimentSummary[]): string[] {
  const labels = new Map<string, string[]>();
  for (const { label, reasons } of experiments) {
    for (const reason of reasons) labels.set(reason, [...(labels.get(reason) ?? []), label]);
  }
  return [...labels].map(([reason, of]) =>
    of.length === experiments.length
      ? experiments.length > 1
        ? `Every experiment: ${reason}`
        : reason
      : `${of.join('; ')}: ${reason}`,
  );
}
