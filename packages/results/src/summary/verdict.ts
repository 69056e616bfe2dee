/** The verdict of an experiment and of a study, with its reasons. */
import { MIN_PUBLISHABLE_WINDOW_S, type Experiment } from '@llem/core';
import type { ExperimentSummary, RunCounts, Verdict } from './schema.js';

type Evidence = Pick<ExperimentSummary, 'runs' | 'failing' | 'failures' | 'skipReason' | 'overload'> & {
  /** What its runs differ in though it is to be one engine, a sentence each. */
  readonly differing: readonly string[];
};

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

/** What puts an overload down to something else than the engine: the client, or others on the machine. */
const DOUBTS_OVERLOAD: ReadonlySet<string> = new Set(['load-generator', 'exclusive-device', 'throttled']);

/**
 * Publishable only with every planned run completed and publishable: the cycles that are left when others failed are a
 * selection. A demonstration asks for short windows in its own settings, and has no other fault than such as follow.
 */
export function judgeExperiment({ measure }: Pick<Experiment, 'measure'>, evidence: Evidence): Judgement {
  const { runs, failing, differing } = evidence;
  const doubts = [...overloadDoubts(evidence), ...differing];
  if (runs.planned > 0 && runs.overloaded === runs.planned) return judgeOverload(measure, doubts);
  const missing = missingRuns(evidence);
  const reasons = [...missing, ...invalidRuns(evidence), ...doubts];
  const short = measure.min_seconds < MIN_PUBLISHABLE_WINDOW_S;
  if (short) {
    reasons.unshift(shortWindows(measure.min_seconds));
  }
  if (reasons.length === 0) return { verdict: 'publishable', reasons };
  const invalid = failing.filter((check) => check.severity === 'invalid');
  // A run that is not publishable without a check that says why has no known fault that could be allowed.
  const explained = invalid.length > 0 || runs.publishable === runs.completed;
  const allowed = invalid.every((check) => ALLOWED_IN_DEMONSTRATION.has(check.id));
  const demonstrates = short && missing.length === 0 && differing.length === 0 && explained && allowed;
  return { verdict: demonstrates ? 'demonstration' : 'not-publishable', reasons };
}

/** An experiment all of whose runs were overloaded has told what it was asked, unless something else may have been why. */
function judgeOverload({ min_seconds }: Experiment['measure'], doubts: readonly string[]): Judgement {
  if (doubts.length > 0) return { verdict: 'not-publishable', reasons: [...doubts] };
  if (min_seconds >= MIN_PUBLISHABLE_WINDOW_S) return { verdict: 'overloaded', reasons: [] };
  return { verdict: 'demonstration', reasons: [shortWindows(min_seconds)] };
}

function overloadDoubts({ overload }: Evidence): string[] {
  const doubts = (overload?.failing ?? []).filter(
    ({ id, severity }) => severity === 'invalid' && DOUBTS_OVERLOAD.has(id),
  );
  return doubts.map(({ id, message }) => `The overload may not be the engine's (${id}): ${message}`);
}

const shortWindows = (seconds: number): string =>
  `The settings ask for windows of ${seconds} s; below ${MIN_PUBLISHABLE_WINDOW_S} s a figure is a demonstration (measure.min_seconds).`;

function missingRuns({ runs, failures, skipReason }: Evidence): string[] {
  if (runs.planned === 0) return ['No run was planned.'];
  const reasons: string[] = [];
  if (runs.failed > 0) {
    const classes = Object.entries(failures).map(([name, count]) => `${name}: ${count}`);
    reasons.push(`${ofRuns(runs.failed, runs.planned)} failed (${classes.join(', ')}).`);
  }
  if (runs.skipped > 0) {
    reasons.push(`${ofRuns(runs.skipped, runs.planned)} skipped: ${skipReason ?? 'given up.'}`);
  }
  if (runs.overloaded > 0) {
    reasons.push(
      `${ofRuns(runs.overloaded, runs.planned)} overloaded: the load is at the edge of what the engine takes, and the figures are of the others alone.`,
    );
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
 * experiments keep it from being publishable and are named like any other reason. Experiments that were overloaded take
 * nothing from the others; a study of nothing else is overloaded.
 */
export function judgeStudy(experiments: readonly ExperimentSummary[], runs: RunCounts): Judgement {
  if (runs.completed + runs.overloaded === 0)
    return { verdict: 'not-publishable', reasons: ['No run completed.', ...reasonsOf(experiments)] };
  const measured = experiments.filter((experiment) => experiment.verdict !== 'overloaded');
  const all = (verdict: Verdict) => measured.every((experiment) => experiment.verdict === verdict);
  const verdict: Verdict =
    measured.length === 0
      ? 'overloaded'
      : all('publishable')
        ? 'publishable'
        : all('demonstration')
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
