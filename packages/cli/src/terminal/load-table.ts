/** What the experiments of a study were asked to bear and what they bore: rates, goodput, the load that a search found. Pure. */
import { figure } from '@llem/core';
import type { ExperimentSummary, MetricSummary, Summary } from '@llem/results';
import { grid, type GridColumn } from './grid.js';
import { interval } from './numbers.js';
import { oneLine, truncate } from './text.js';

/** Longest label, in columns. */
const LABEL_WIDTH = 34;

interface LoadColumn {
  readonly title: string;
  /** Null where the experiment has none; a column in which none has one is left out. */
  readonly cell: (experiment: ExperimentSummary) => string | null;
}

const COLUMNS: readonly LoadColumn[] = [
  { title: 'offered\nreq/s', cell: ({ overload }) => plain(overload?.offeredPerS) },
  { title: 'served\nreq/s', cell: ({ overload }) => plain(overload?.requestsPerS) },
  {
    title: 'goodput\nreq/s',
    cell: ({ metrics, overload }) => withInterval(metrics.goodputPerS, 1) ?? plain(overload?.goodputPerS),
  },
  { title: 'SLO held\n%', cell: ({ metrics }) => withInterval(metrics.sloAttainment, 100) },
  { title: 'found\nreq/s', cell: ({ metrics }) => withInterval(metrics.foundRatePerS, 1) },
  { title: 'found\nin flight', cell: ({ metrics }) => withInterval(metrics.foundConcurrency, 1, whole) },
];

/** Empty for a study in which no experiment was overloaded, has an SLO or searched. */
export function loadTable({ experiments }: Summary): string {
  const rows = experiments.map((experiment) => ({
    experiment,
    cells: COLUMNS.map(({ cell }) => cell(experiment)),
  }));
  const shown = COLUMNS.map((column, index) => ({ column, index })).filter(({ index }) =>
    rows.some(({ cells }) => (cells[index] ?? null) !== null),
  );
  if (shown.length === 0) return '';
  const columns: GridColumn[] = [
    { title: 'experiment' },
    { title: 'overloaded\nruns', align: 'right' },
    ...shown.map(({ column: { title } }): GridColumn => ({ title, align: 'right' })),
  ];
  return grid(
    columns,
    rows.map(({ experiment: { label, runs }, cells }) => [
      truncate(oneLine(label), LABEL_WIDTH),
      `${runs.overloaded}/${runs.planned}`,
      ...shown.map(({ index }) => cells[index] ?? '–'),
    ]),
  );
}

function plain(value: number | null | undefined): string | null {
  return value === null || value === undefined ? null : figure(value);
}

/** Requests in flight: 4 and not 4.00, though their mean over the runs may be 4.33. */
function whole(value: number): string {
  return Number.isInteger(value) ? String(value) : figure(value);
}

function withInterval(
  { centre, interval: range }: MetricSummary,
  scale: number,
  show: (value: number) => string = figure,
): string | null {
  if (centre === null) return null;
  const value = show(centre * scale);
  return range === null ? value : `${value}\n${interval(range.low * scale, range.high * scale)}`;
}
