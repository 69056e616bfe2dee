/** One line of plain text for each event that a reader of a log wants to see; null for the others. Pure. */
import { figure, type LlemEvent, type RunHeadline } from '@llem/core';
import { duration, energy } from './numbers.js';
import { probeText, searchedLoad } from './search-text.js';
import { oneLine } from './text.js';

export function eventLine(event: LlemEvent): string | null {
  switch (event.type) {
    case 'preflight':
      return preflightLines(event.findings);
    case 'study-started': {
      const { name, experiments, runs, skipped, expectedS, meters } = event;
      const { runsAtMost = runs, expectedAtMostS = expectedS } = event;
      const most = runsAtMost > runs ? 'at most ' : '';
      const left = skipped === 0 ? '' : `, ${plural(skipped, 'point')} skipped`;
      const time = `${most === '' ? 'about ' : most}${duration(expectedAtMostS)}`;
      return `${name}: ${plural(experiments, 'experiment')}, ${most}${plural(runsAtMost, 'run')}${left}, ${time}; results in ${event.dir}\n  energy of ${billedText(meters)}`;
    }
    case 'run-started':
      return `${placeText(event)}  ${oneLine(event.label)}  cycle ${event.cycle}  left ${event.atMost ? 'at most ' : ''}${duration(event.leftS)}`;
    case 'run-ended': {
      const head = `${placeText(event)}  ${oneLine(event.label)}  ${event.status}`;
      if (event.failure) {
        const { type, message, remedy } = event.failure;
        return `${head}: ${type}: ${oneLine(message)}\n  what to do: ${oneLine(remedy)}`;
      }
      if (event.status === 'overloaded') {
        const load = event.headline === null ? '' : oversearchedLoad(event.headline);
        return load === '' ? head : `${head}: ${load}`;
      }
      return event.headline ? `${head}  ${headlineText(event.headline)}` : head;
    }
    case 'retry': {
      const { label, after, retry, retries } = event;
      return `${placeText(event)}  ${oneLine(label)}  is tried again after ${oneLine(after)} (retry ${retry} of ${retries})`;
    }
    case 'runs-skipped':
      return `${oneLine(event.label)}  ${plural(event.cycles.length, 'run')} skipped: ${oneLine(event.reason)}`;
    case 'notice':
      return `${event.level === 'warning' ? 'warning: ' : ''}${oneLine(event.message)}`;
    case 'study-ended': {
      const overloaded = event.overloaded === 0 ? '' : `, ${event.overloaded} overloaded`;
      const failed = event.failed === 0 ? '' : `, ${event.failed} failed`;
      const skipped = event.skipped === 0 ? '' : `, ${event.skipped} skipped`;
      return `${event.interrupted ? 'interrupted: ' : ''}${plural(event.completed, 'run')} completed${overloaded}${failed}${skipped}`;
    }
    case 'probe':
      return `  ${searchedLoad(event.probe.load, event.over)}  ${probeText(event.probe)}`;
    case 'phase':
    case 'search':
    case 'progress':
    case 'engine-log':
      return null;
  }
}

/** `gpu:GPU-1, gpu:GPU-2 (nvml); cpu:package-0 (rapl)` */
function billedText(meters: Extract<LlemEvent, { type: 'study-started' }>['meters']): string {
  if (meters.length === 0) return 'nothing: no meter works here, or no engine is known to run here';
  return meters.map(({ id, devices }) => `${devices.join(', ')} (${id})`).join('; ');
}

/** `4.00 req/s offered, 2.51 served, goodput 0.310 req/s`; the figures that a queue spoils are left out. */
function oversearchedLoad(headline: RunHeadline): string {
  const parts: string[] = [];
  if (headline.offeredPerS !== null) parts.push(`${figure(headline.offeredPerS)} req/s offered`);
  if (headline.requestsPerS !== null) parts.push(`${figure(headline.requestsPerS)} served`);
  return [...parts, ...loadParts(headline)].join(', ');
}

/** What a load is judged by: goodput where there is an SLO, the load that a search found. */
function loadParts({ goodputPerS, foundLoad, foundOver }: RunHeadline): string[] {
  const parts: string[] = [];
  if (foundLoad !== null && foundOver !== null) {
    parts.push(`found ${searchedLoad(foundLoad, foundOver)}`);
  }
  if (goodputPerS !== null) parts.push(`goodput ${figure(goodputPerS)} req/s`);
  return parts;
}

/** `0.412 J/tok est.  412 tok/s  TTFT 35.1 ms  31.2 W`; a figure that was not measured is left out. */
function headlineText(headline: RunHeadline): string {
  const estimated = headline.energyQuality === 'estimated' ? ' est.' : '';
  const parts = loadParts(headline);
  if (headline.joulesPerOutputToken !== null) {
    parts.push(`${energy(headline.joulesPerOutputToken)}/tok${estimated}`);
  }
  if (headline.outputTokensPerS !== null) parts.push(`${figure(headline.outputTokensPerS)} tok/s`);
  if (headline.ttftP50Ms !== null) parts.push(`TTFT ${figure(headline.ttftP50Ms)} ms`);
  if (headline.meanPowerW !== null) parts.push(`${figure(headline.meanPowerW)} W${estimated}`);
  return parts.join('  ');
}

/** Warnings alone: findings that are fine stay unsaid, and failed ones are in the error that ends the command. */
function preflightLines(findings: Extract<LlemEvent, { type: 'preflight' }>['findings']): string | null {
  const said = findings
    .filter((finding) => finding.status === 'warning')
    .map(({ id, message, remedy }) => {
      const todo = remedy === '' ? '' : `\n  what to do: ${oneLine(remedy)}`;
      return `warning: ${id}: ${oneLine(message)}${todo}`;
    });
  return said.length === 0 ? null : said.join('\n');
}

/** `run 3 of 12`, `run 3 of at most 40` */
export function placeText({ index, of, atMost }: Pick<RunStarted, 'index' | 'of' | 'atMost'>): string {
  return `run ${index} of ${atMost ? 'at most ' : ''}${of}`;
}
type RunStarted = Extract<LlemEvent, { type: 'run-started' }>;

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
