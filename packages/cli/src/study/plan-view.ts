/** A plan as people and programs see it. Pure but for what the scope holds. */
import { fewestCycles, mostCycles, type DeviceSelection, type Experiment, type Plan } from '@llem/core';
import { devicesOf } from '@llem/harness/planning';
import { addedCycles, estimateDurationS, type ResolvedRunner } from '@llem/study';
import stringWidth from 'string-width';
import { imageOf } from '../composition/runners.js';
import { CONCEALMENT, PLAN, PLUGINS } from '../composition/study.js';
import type { Scope } from '../composition/scope.js';
import { plural } from '../terminal/event-lines.js';
import { grid } from '../terminal/grid.js';
import { loadText, type LoadText } from '../terminal/load-text.js';
import { duration } from '../terminal/numbers.js';
import { hang, oneLine, WIDTH, wrap } from '../terminal/text.js';

/** Longer orders are cut in the middle of the text; --json has them whole. */
const MOST_RUNS = 60;
/** Longer tables are cut, as are lists of what is skipped or merged; --json has them whole. */
const MOST_LISTED = 1_000;
/** Longest line of a label, in columns; longer ones take several. */
const LABEL_MOST = 60;
/** Of lines that have to be read in a narrow terminal as well, in columns. */
const NARROW = 80;
/** Of the names of the parts of a load and of the energy, in columns. */
const PART_TITLE_WIDTH = 10;

export interface PlanView {
  readonly plan: Plan;
  /** By experiment id. */
  readonly runners: ReadonlyMap<string, ResolvedRunner>;
  /** What the containers are made from, by experiment id; of an experiment that has none null. */
  readonly images: ReadonlyMap<string, string | null>;
  /** The GPUs that are billed, by experiment id: as written, or what the engine is made for. Null where no energy is measured. */
  readonly devices: ReadonlyMap<string, DeviceSelection | null>;
  /** Ids of the meters that are tried. */
  readonly meters: readonly string[];
  readonly expectedS: number;
  /** Where `precision` adds cycles: how often, and how long, the study runs at most. The same as it is planned where it does not. */
  readonly atMost: { readonly cycles: number; readonly runs: number; readonly expectedS: number };
}

export function planView(scope: Scope): PlanView {
  const plan = scope.get(PLAN);
  const plugins = scope.get(PLUGINS);
  const cycles = mostCycles(plan.execution);
  const most = withCycles(plan, cycles);
  return {
    plan,
    runners: new Map(plan.experiments.map((one) => [one.id, plugins.resolveRunner(one)])),
    images: new Map(plan.experiments.map((one) => [one.id, concealedImage(one, scope)])),
    devices: new Map(plan.experiments.map((one) => [one.id, devicesOf(one, plugins)])),
    meters: plugins.meters.map(({ id }) => id),
    expectedS: estimateDurationS(withCycles(plan, fewestCycles(plan.execution))),
    atMost: { cycles, runs: most.runs.length, expectedS: estimateDurationS(most) },
  };
}

function concealedImage(experiment: Experiment, scope: Scope): string | null {
  const image = imageOf(experiment, scope.get(PLUGINS));
  return image === null ? null : scope.get(CONCEALMENT).word(image);
}

function withCycles(plan: Plan, cycles: number): Plan {
  const added = addedCycles(plan, cycles - plan.execution.cycles);
  return { ...plan, runs: [...plan.runs, ...added] };
}

export function planJson({ plan, runners, images, devices, meters, expectedS, atMost }: PlanView): object {
  return {
    ...plan,
    resolvedRunners: Object.fromEntries(runners),
    images: Object.fromEntries([...images].filter(([, image]) => image !== null)),
    resolvedDevices: Object.fromEntries(devices),
    meters,
    expectedS,
    atMost,
  };
}

export function planText(whole: PlanView): string {
  const { experiments } = whole.plan;
  const plan = { ...whole.plan, experiments: experiments.slice(0, MOST_LISTED) };
  const view = { ...whole, plan };
  return [
    headText(whole),
    experimentTable(view),
    moreText(experiments.length, 'experiment'),
    loadsText(plan),
    energyText(view),
    runnerText(view),
    skippedText(plan),
    mergedText(plan),
    orderText(whole.plan),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function headText({ plan, expectedS, atMost }: PlanView): string {
  const { execution, experiments, runs, studyName, studyHash } = plan;
  const fewest = fewestCycles(execution);
  const range = (least: number, most: number, noun: string) =>
    least < most ? `${least} to ${plural(most, noun)}` : plural(most, noun);
  const fewestRuns = runs.length + experiments.length * (fewest - execution.cycles);
  const time = duration(expectedS);
  const parts = [
    plural(experiments.length, 'experiment'),
    range(fewest, atMost.cycles, 'cycle'),
    range(fewestRuns, atMost.runs, 'run'),
    `about ${fewest < atMost.cycles ? `${time} to ${duration(atMost.expectedS)}` : time}`,
  ];
  return `${studyName}  ${parts.join(', ')}  (study ${studyHash})`;
}

/** What a cut list says of the rest. */
function moreText(count: number, noun: string): string {
  return count > MOST_LISTED ? `  … and ${plural(count - MOST_LISTED, `more ${noun}`)}; --json has them` : '';
}

function experimentTable({ plan, runners }: PlanView): string {
  if (plan.experiments.length === 0) return 'No experiment can run.';
  const longest = Math.max(
    'experiment'.length,
    ...plan.experiments.map(({ label }) => stringWidth(oneLine(label))),
  );
  const columns = [
    { title: '#', align: 'right' as const },
    { title: 'experiment', width: Math.min(LABEL_MOST, longest) },
    { title: 'id' },
    { title: 'backend' },
    { title: 'runner' },
  ];
  const rows = plan.experiments.map((one, index) => [
    String(index + 1),
    oneLine(one.label),
    one.id,
    one.backend,
    runners.get(one.id)?.type ?? '',
  ]);
  return grid(columns, rows);
}

/** Requests, prompts and SLO, each said once, with the numbers of the experiments where not all have the same. */
function loadsText({ experiments }: Plan): string {
  if (experiments.length === 0) return '';
  const loads = experiments.map(({ workload }) => loadText(workload));
  const part = (title: string, name: keyof LoadText) =>
    partLines(
      title,
      loads.map((load) => load[name]),
    );
  return ['Load', ...part('requests', 'requests'), ...part('prompts', 'prompts'), ...part('SLO', 'slo')].join(
    '\n',
  );
}

/** What is billed and what reads it, as far as that is known without asking the machine. */
function energyText({ plan: { experiments, energy }, devices, meters }: PlanView): string {
  if (experiments.length === 0) return '';
  const billed = experiments.map(({ id }) => billedText(devices.get(id) ?? null));
  const read = meters.length === 0 ? 'none' : meters.join(', ');
  const tried = energy.meters === 'auto' ? `${read}: those that work here` : read;
  return ['Energy', ...partLines('GPUs', billed), ...partLines('meters', [tried])].join('\n');
}

function billedText(selection: DeviceSelection | null): string {
  if (selection === null)
    return 'no energy is measured: the server may run elsewhere, unless `devices` is written';
  if (typeof selection !== 'string') return selection.join(', ');
  return selection === 'all' ? 'all that the meters find' : 'none is billed';
}

function partLines(title: string, texts: readonly (string | null)[]): string[] {
  return numberedTexts(texts).map((text, line) =>
    hang(`  ${(line === 0 ? title : '').padEnd(PART_TITLE_WIDTH)}${text}`, WIDTH),
  );
}

/** Each text once, with the numbers of the experiments that have it where not all do; null is left out. */
function numberedTexts(texts: readonly (string | null)[]): string[] {
  const numbers = new Map<string, number[]>();
  for (const [index, text] of texts.entries())
    if (text !== null) numbers.set(text, [...(numbers.get(text) ?? []), index + 1]);
  return [...numbers].map(([text, of]) =>
    oneLine(of.length === texts.length ? text : `${rangesText(of)}: ${text}`),
  );
}

/** `1–3, 5` of ascending numbers. */
function rangesText(numbers: readonly number[]): string {
  const ranges: { from: number; to: number }[] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last?.to === number - 1) last.to = number;
    else ranges.push({ from: number, to: number });
  }
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}

/** Each runner once for each image or address, and for each reason it was chosen. */
function runnerText({ plan, runners, images }: PlanView): string {
  const texts = plan.experiments.map(({ id, backend }) => {
    const runner = runners.get(id);
    return runner ? `${backend} on ${runner.type}${placeText(runner, images.get(id))}: ${runner.why}` : null;
  });
  if (texts.length === 0) return '';
  return ['Runners', ...numberedTexts(texts).map((text) => hang(`  ${text}`, NARROW))].join('\n');
}

function placeText({ options: { url } }: ResolvedRunner, image: string | null | undefined): string {
  if (typeof image === 'string') return `, ${image}`;
  return typeof url === 'string' ? ` at ${url}` : '';
}

function skippedText({ skipped }: Plan): string {
  if (skipped.length === 0) return '';
  const lines = skipped
    .slice(0, MOST_LISTED)
    .flatMap(({ label, violations }) => [
      `  ${oneLine(label)}`,
      ...violations.map(({ path, message }) => wrap(`${path}: ${oneLine(message)}`, WIDTH, '    ')),
    ]);
  const rest = moreText(skipped.length, 'point');
  return [`Skipped: ${plural(skipped.length, 'point')}`, ...lines, ...(rest === '' ? [] : [rest])].join('\n');
}

function mergedText({ merged }: Plan): string {
  if (merged.length === 0) return '';
  const rest = moreText(merged.length, 'experiment');
  return [
    'Merged, because equal to an earlier one',
    ...merged.slice(0, MOST_LISTED).map((label) => `  ${oneLine(label)}`),
    ...(rest === '' ? [] : [rest]),
  ].join('\n');
}

/** The order by the numbers of the experiments, a line for each cycle where the order has such. */
function orderText(plan: Plan): string {
  if (plan.runs.length === 0) return '';
  const { order } = plan.execution;
  const number = new Map(plan.experiments.map((one, index) => [one.id, String(index + 1)]));
  const shown = plan.runs.slice(0, MOST_RUNS);
  const steps = shown.map((run) => number.get(run.experimentId) ?? '?');
  const seed = order === 'shuffled' ? `, seed ${plan.shuffleSeed}` : '';
  const rest = plan.runs.length > shown.length ? ` … and ${plan.runs.length - shown.length} more` : '';
  return `Order of the experiments (${order}${seed})\n${wrap(`${steps.join(' ')}${rest}`, WIDTH, '  ')}`;
}
