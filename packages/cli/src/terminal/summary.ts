/** The results of a study as text of at most 100 columns: a table, its legend, the verdict with its reasons. Pure. */
import { figure } from '@llem/core';
import {
  failingOnce,
  gatherFailing,
  type ExperimentSummary,
  type FailingCheck,
  type MetricSummary,
  type Summary,
} from '@llem/results';
import stringWidth from 'string-width';
import { plural } from './event-lines.js';
import { grid, type GridColumn } from './grid.js';
import { loadTable } from './load-table.js';
import { inMillijoules, interval } from './numbers.js';
import { hang, oneLine, truncate, WIDTH, wrap, type Paint } from './text.js';

/** Least width of a label, in columns; what the figures leave is more. */
const LABEL_LEAST = 10;
/** Text that has less room than this beside its name goes below it, in columns. */
const LEAST_BESIDE = 40;
/** Lines that a label may take. */
const LABEL_LINES = 3;

export interface SummaryInput {
  readonly summary: Summary;
  /** The result directory. */
  readonly dir: string;
  readonly paint: Paint;
  /** Of the terminal, in columns, where one shows it: the text is wrapped to it, and the table cut. */
  readonly columns?: number;
}

export function summaryText({ summary, dir, paint, columns = WIDTH }: SummaryInput): string {
  const width = Math.min(WIDTH, columns);
  const head = `${paint.bold(summary.studyName)}  ${runsText(summary)}`;
  const parts = [
    head,
    cutRows(resultTable(summary), width),
    cutRows(loadTable(summary), width),
    legend(summary)
      .map((line) => wrap(line, width))
      .join('\n'),
    verdictText(summary, paint, width),
    `Results: ${dir}`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function cutRows(table: string, width: number): string {
  return table
    .split('\n')
    .map((row) => truncate(row, width))
    .join('\n');
}

function runsText({ runs, experiments }: Summary): string {
  const counts = [
    `${runs.completed} of ${plural(runs.planned, 'run')} completed`,
    ...(runs.overloaded > 0 ? [`${runs.overloaded} overloaded`] : []),
    ...(runs.failed > 0 ? [`${runs.failed} failed`] : []),
    ...(runs.interrupted > 0 ? [`${runs.interrupted} interrupted`] : []),
  ];
  return `${plural(experiments.length, 'experiment')}, ${counts.join(', ')}`;
}

/** One row for each experiment: figures on its first line, intervals on its second. */
export function resultTable(summary: Summary): string {
  const milli = summary.experiments.some((experiment) => {
    const centre = experiment.metrics.joulesPerOutputToken.centre;
    return centre !== null && inMillijoules(centre);
  });
  const right = (title: string): GridColumn => ({ title, align: 'right' });
  const columns: GridColumn[] = [
    right(`${milli ? 'mJ' : 'J'} per\noutput token`),
    right('output\ntokens/s'),
    right('TTFT p50\nms'),
    right('ITL mean\nms'),
    right('power\nW'),
    right('runs'),
    { title: 'verdict' },
  ];
  const rows = summary.experiments.map((experiment) => figures(experiment, milli ? 1_000 : 1));
  const width = labelWidth(summary, columns, rows);
  return grid(
    [{ title: 'experiment', width }, ...columns],
    summary.experiments.map(({ label }, index) => [labelText(label, width), ...(rows[index] ?? [])]),
  );
}

/** What the other columns leave, two spaces between each two, or less where no label needs it. */
function labelWidth(
  { experiments }: Summary,
  columns: readonly GridColumn[],
  rows: readonly (readonly string[])[],
): number {
  const widest = (cells: readonly string[]) =>
    Math.max(...cells.flatMap((cell) => cell.split('\n')).map((part) => part.length));
  const taken = columns.reduce(
    (sum, { title }, index) => sum + 2 + widest([title, ...rows.map((row) => row[index] ?? '')]),
    0,
  );
  const longest = Math.max(0, ...experiments.map(({ label }) => stringWidth(oneLine(label))));
  return Math.max(LABEL_LEAST, Math.min(longest, WIDTH - taken));
}

/** The cells of an experiment after its label. */
function figures({ metrics, runs, energy, ...experiment }: ExperimentSummary, energyScale: number): string[] {
  const mark = qualityMark(energy.quality);
  return [
    withInterval(metrics.joulesPerOutputToken, energyScale, mark),
    withInterval(metrics.outputTokensPerS, 1, ''),
    withInterval(metrics.ttftP50Ms, 1, ''),
    withInterval(metrics.itlMeanMs, 1, ''),
    withInterval(metrics.meanPowerW, 1, mark),
    `${runs.completed}/${runs.planned}`,
    verdictWord({ runs, ...experiment }),
  ];
}

/** The label over a few lines, broken after a comma where that is possible; what does not fit ends in `…`. */
function labelText(label: string, width: number): string {
  const pieces = oneLine(label).split(/(?<=,) /);
  const lines: string[] = [];
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += width) lines.push(piece.slice(at, at + width));
  }
  if (lines.length <= LABEL_LINES) return lines.join('\n');
  const last = lines.slice(LABEL_LINES - 1).join(' ');
  return [...lines.slice(0, LABEL_LINES - 1), truncate(last, width)].join('\n');
}

function withInterval(metric: MetricSummary, scale: number, mark: string): string {
  if (metric.centre === null) return '–';
  const value = `${figure(metric.centre * scale)}${mark}`;
  if (metric.interval === null) return value;
  return `${value}\n${interval(metric.interval.low * scale, metric.interval.high * scale)}`;
}

function qualityMark(quality: ExperimentSummary['energy']['quality']): string {
  switch (quality) {
    case 'estimated':
      return ' est.';
    case 'integrated':
      return ' int.';
    case 'counter':
    case null:
      return '';
  }
}

function verdictWord({ verdict, runs }: Pick<ExperimentSummary, 'verdict' | 'runs'>): string {
  if (runs.completed === 0) return runs.overloaded > 0 ? 'overloaded' : 'nothing\nmeasured';
  switch (verdict) {
    case 'publishable':
      return 'publishable';
    case 'demonstration':
      return 'demonstration';
    case 'overloaded':
      return 'overloaded';
    case 'not-publishable':
      return 'not\npublishable';
  }
}

/** What the figures are, and what they are not. */
function legend(summary: Summary): string[] {
  const { experiments } = summary;
  const lines: string[] = [];
  const intervals = experiments.flatMap(
    ({ metrics }) => metrics.joulesPerOutputToken.interval ?? metrics.outputTokensPerS.interval ?? [],
  );
  const [first] = intervals;
  if (first) {
    lines.push(
      `low–high: ${Math.round(first.level * 100)} % interval of the ${first.scale === 'log' ? 'geometric mean' : 'mean'} over the runs (Student's t), repeatability alone.`,
    );
  } else if (experiments.some(({ runs }) => runs.completed === 1)) {
    lines.push('One run has no interval: repeat it with --cycles 3 or more.');
  }
  if (summary.runs.overloaded > 0) {
    lines.push(
      'overloaded: requests became due faster than they were answered, so that there is no steady figure; such runs are in no mean.',
    );
  }
  const scopes = [...new Set(experiments.flatMap(({ energy }) => energy.scope ?? []))];
  if (scopes.length > 0) lines.push(`Energy and power of: ${scopes.join(', ')}.`);
  const qualities = new Set(experiments.map(({ energy }) => energy.quality));
  if (qualities.has('estimated')) {
    lines.push('est.: estimated, not measured.');
  }
  if (qualities.has('integrated'))
    lines.push('int.: integrated from power readings; no energy counter here.');
  return [...lines, ...summary.notes];
}

/** The verdict, and why it is not better: what failed in how many runs. */
function verdictText(summary: Summary, paint: Paint, width: number): string {
  const { verdict, experiments } = summary;
  const word = verdict === 'not-publishable' ? 'not publishable' : verdict;
  const shown = verdict === 'publishable' ? paint.good(word) : paint.caution(word);
  const failures = failureLines(summary, width);
  const failing = experiments.flatMap((experiment) => experiment.failing);
  const invalid = checkLines(
    failing.filter((check) => check.severity === 'invalid'),
    summary,
    width,
  );
  const warnings = checkLines(
    failing.filter((check) => check.severity === 'warning'),
    summary,
    width,
  );
  // Reasons are sentences over the experiments; the checks below say the same of single runs, with figures.
  const reasons =
    invalid.length + failures.length > 0 ? [] : summary.reasons.map((reason) => hang(`  ${reason}`, width));
  const noted = [...warnings, ...repeatLines(summary, width)];
  return [
    `Verdict: ${shown}`,
    ...reasons,
    ...failures,
    ...invalid,
    ...(noted.length === 0 ? [] : ['Also noted:', ...noted]),
  ].join('\n');
}

function failureLines({ experiments, runs }: Summary, width: number): string[] {
  const classes = new Map<string, number>();
  for (const [name, count] of experiments.flatMap(({ failures }) => Object.entries(failures))) {
    classes.set(name, (classes.get(name) ?? 0) + count);
  }
  return [...classes].map(([name, count]) =>
    line(
      `failed: ${name}`,
      `${count} of ${plural(runs.planned, 'run')}`,
      'record.json of the run says why and what to do, engine.log what the engine said.',
      width,
    ),
  );
}

function checkLines(checks: readonly FailingCheck[], { runs }: Summary, width: number): string[] {
  return gatherFailing(checks).map((check) =>
    line(check.id, `${check.runs} of ${plural(runs.completed, 'run')}`, foundText(check), width),
  );
}

/** What only the repeats can show, where there are any. */
function repeatLines({ experiments }: Summary, width: number): string[] {
  const measured = experiments.filter(({ runs }) => runs.completed > 0);
  const failed = measured.flatMap(({ checks }) => checks.filter((check) => !check.ok));
  return gatherFailing(failed.map(failingOnce)).map((check) =>
    line(check.id, `${check.runs} of ${plural(experiments.length, 'experiment')}`, foundText(check), width),
  );
}

/** The figure of one is never shown as if it held for all. */
function foundText({ uniform, message }: FailingCheck): string {
  return uniform ? message : `worst: ${message}`;
}

/** `  window-length  6 of 6 runs  The window …`, wrapped under its own beginning. */
function line(name: string, count: string, message: string, width: number): string {
  // A long name takes of the room of its count, so that the text begins where that of the others does.
  const head = `  ${name.padEnd(17)}  ${count}`.padEnd(39);
  const room = width - head.length - 1;
  if (room < LEAST_BESIDE && message !== '') {
    return `${head.trimEnd()}\n${wrap(oneLine(message), width, '    ')}`;
  }
  const text = wrap(oneLine(message), room);
  return text
    .split('\n')
    .map((part, index) => `${index === 0 ? head : ' '.repeat(head.length)} ${part}`.trimEnd())
    .join('\n');
}
