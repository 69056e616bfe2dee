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
/** Columns give way to a label that has less than this, in columns. */
const LABEL_WANTED = 16;
/** Text that has less room than this beside its name goes below it, in columns. */
const LEAST_BESIDE = 40;
const ABOVE_IDLE = 'above idle';
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
    cutRows(resultTable(summary, width), width),
    cutRows(loadTable(summary), width),
    [...columnsText(summary, width), ...legend(summary)].map((line) => wrap(line, width)).join('\n'),
    verdictText(summary, paint, width),
    [...unfinishedText(summary, dir), `Results: ${dir}`].join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** Where runs are still to be measured: how many, and what measures them. */
function unfinishedText({ runs }: Summary, dir: string): string[] {
  const left = runs.interrupted + runs.missing;
  return left > 0 ? [`Unfinished: ${plural(left, 'run')} to go. Go on with: llem resume ${dir}`] : [];
}

function cutRows(table: string, width: number): string {
  return table
    .split('\n')
    .map((row) => truncate(row, width))
    .join('\n');
}

function runsText({ runs, experiments, adaptive }: Summary): string {
  const counts = [
    `${runs.completed} of ${plural(runs.planned, 'run')} completed`,
    ...(runs.overloaded > 0 ? [`${runs.overloaded} overloaded`] : []),
    ...(runs.failed > 0 ? [`${runs.failed} failed`] : []),
    ...(runs.skipped > 0 ? [`${runs.skipped} skipped`] : []),
    ...(runs.interrupted > 0 ? [`${runs.interrupted} interrupted`] : []),
    ...(adaptive === null ? [] : [`adaptive: ${plural(adaptive.cycles, 'cycle')}`]),
  ];
  return `${plural(experiments.length, 'experiment')}, ${counts.join(', ')}`;
}

/** A column after the label; `dropped` tells when it gives way to others where there is little room, the first one first. */
interface Figure extends GridColumn {
  readonly cell: (experiment: ExperimentSummary) => string;
  readonly dropped?: number;
}

function figuresOf({ experiments }: Summary): Figure[] {
  const milli = experiments.some(({ metrics: { joulesPerOutputToken: energy } }) => {
    return energy.centre !== null && inMillijoules(energy.centre);
  });
  const [unit, scale] = milli ? ['mJ', 1_000] : ['J', 1];
  const right = (title: string, cell: Figure['cell'], dropped?: number): Figure => ({
    title,
    align: 'right',
    cell,
    ...(dropped === undefined ? {} : { dropped }),
  });
  const isAdjusted = experiments.some(({ metrics }) => metrics.adjustedJoulesPerOutputToken.centre !== null);
  return [
    right(`${unit} per\noutput token`, ({ metrics, energy }) =>
      withInterval(metrics.joulesPerOutputToken, scale, qualityMark(energy.quality)),
    ),
    ...(isAdjusted
      ? [
          right(
            `${ABOVE_IDLE.replace(' ', '\n')}, ${unit}`,
            ({ metrics }) => withInterval(metrics.adjustedJoulesPerOutputToken, scale, ''),
            4,
          ),
        ]
      : []),
    right('output\ntokens/s', ({ metrics }) => withInterval(metrics.outputTokensPerS, 1, ''), 3),
    right('TTFT p50\nms', ({ metrics }) => withInterval(metrics.ttftP50Ms, 1, ''), 2),
    right('ITL mean\nms', ({ metrics }) => withInterval(metrics.itlMeanMs, 1, ''), 1),
    right('power\nW', ({ metrics, energy }) =>
      withInterval(metrics.meanPowerW, 1, qualityMark(energy.quality)),
    ),
    right('runs', ({ runs }) => `${runs.completed}/${runs.planned}`),
    { title: 'verdict', cell: verdictWord },
  ];
}

/** One row for each experiment: figures on its first line, intervals on its second. */
export function resultTable(summary: Summary, width = WIDTH): string {
  const { experiments } = summary;
  const { figures, labelWidth } = fit(summary, width);
  return grid(
    [{ title: 'experiment', width: labelWidth }, ...figures],
    experiments.map((experiment) => [
      labelText(experiment.label, labelWidth),
      ...figures.map(({ cell }) => cell(experiment)),
    ]),
  );
}

/** The columns that there is room for beside a label, and what they leave to it. */
function fit(summary: Summary, width: number): { figures: Figure[]; labelWidth: number } {
  const { experiments } = summary;
  const longest = Math.max(0, ...experiments.map(({ label }) => stringWidth(oneLine(label))));
  const figures = figuresOf(summary);
  for (;;) {
    const room = width - figures.reduce((sum, figure) => sum + 2 + widthOf(figure, experiments), 0);
    const [next] = figures
      .filter(({ dropped }) => dropped !== undefined)
      .sort((one, other) => (one.dropped ?? 0) - (other.dropped ?? 0));
    if (next === undefined || room >= Math.min(LABEL_WANTED, longest)) {
      return { figures, labelWidth: Math.max(LABEL_LEAST, Math.min(longest, room)) };
    }
    figures.splice(figures.indexOf(next), 1);
  }
}

function widthOf({ title, cell }: Figure, experiments: readonly ExperimentSummary[]): number {
  const lines = [title, ...experiments.map(cell)].flatMap((text) => text.split('\n'));
  return Math.max(...lines.map((line) => line.length));
}

/** What the column of adjusted energy is, and which columns the table left out for want of room. */
function columnsText(summary: Summary, width: number): string[] {
  const shown = fit(summary, width).figures.map(({ title }) => title.replace('\n', ' '));
  const lines: string[] = [];
  if (shown.some((title) => title.startsWith(ABOVE_IDLE))) {
    lines.push(
      `${ABOVE_IDLE}: of an output token, without what the devices draw with the model loaded and nothing to do.`,
    );
  }
  const leftOut = figuresOf(summary)
    .map(({ title }) => title.replace('\n', ' '))
    .filter((title) => !shown.includes(title));
  if (leftOut.length > 0) {
    lines.push(
      `No room for: ${leftOut.join('; ')}. A wider terminal shows them, and \`llem results show --json\`.`,
    );
  }
  return lines;
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
  const failed = [...classes].map(([name, count]) =>
    line(
      `failed: ${name}`,
      `${count} of ${plural(runs.planned, 'run')}`,
      'record.json of the run says why and what to do, engine.log what the engine said.',
      width,
    ),
  );
  return [...failed, ...skippedLines(experiments, runs, width)];
}

function skippedLines(experiments: Summary['experiments'], runs: Summary['runs'], width: number): string[] {
  const [first, ...others] = new Set(experiments.flatMap(({ skipReason }) => skipReason ?? []));
  if (first === undefined) return [];
  const reason = others.length === 0 ? first : 'their experiments only failed.';
  const text = `${reason} \`llem resume --failed\` takes them up again.`;
  return [line('skipped', `${runs.skipped} of ${plural(runs.planned, 'run')}`, text, width)];
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
