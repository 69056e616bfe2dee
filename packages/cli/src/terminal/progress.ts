/** Where a study stands, folded from its events, and how that reads on one line. Pure. */
import { figure, type LlemEvent, type Phase } from '@llem/core';
import { placeText } from './event-lines.js';
import { duration } from './numbers.js';
import { searchedFigure, searchedLoad } from './search-text.js';
import { oneLine, truncate } from './text.js';

export interface ProgressState {
  readonly run: {
    readonly label: string;
    readonly index: number;
    readonly of: number;
    readonly atMost: boolean;
    /** Expected seconds to the end of the study, and when that was said. */
    readonly leftS: number;
    readonly saidAtMs: number;
  } | null;
  readonly phase: {
    readonly name: Phase;
    readonly sinceMs: number;
    readonly expectedS: number | null;
    /** Of a gap that waits for the GPUs to cool down. */
    readonly untilC: number | null;
  } | null;
  /** Of an open loop: requests in flight, and those a second that it asks for. */
  readonly load: { readonly inFlight: number; readonly offeredPerS: number } | null;
  /** The load that a search tries, and between which two it looks; null outside of one. */
  readonly search: Pick<Extract<LlemEvent, { type: 'search' }>, 'over' | 'load' | 'found' | 'above'> | null;
  readonly outputTokensPerS: number | null;
  readonly powerW: number | null;
  readonly powerEstimated: boolean;
  /** Of the hottest GPU. */
  readonly temperatureC: number | null;
}

export const NOTHING_YET: ProgressState = {
  run: null,
  phase: null,
  load: null,
  search: null,
  outputTokensPerS: null,
  powerW: null,
  powerEstimated: false,
  temperatureC: null,
};

/** The state after an event that came at `nowMs`. */
export function advance(state: ProgressState, event: LlemEvent, nowMs: number): ProgressState {
  switch (event.type) {
    case 'run-started': {
      const { label, index, of, atMost = false, leftS } = event;
      return { ...NOTHING_YET, run: { label, index, of, atMost, leftS, saidAtMs: nowMs } };
    }
    case 'phase':
      return {
        ...state,
        phase: {
          name: event.phase,
          sinceMs: nowMs,
          expectedS: event.expectedS,
          untilC: event.untilC ?? null,
        },
        load: null,
        search: null,
        outputTokensPerS: null,
        powerW: null,
        temperatureC: null,
      };
    case 'search': {
      const { over, load, found, above } = event;
      return { ...state, search: { over, load, found, above } };
    }
    case 'progress': {
      const { inFlight, offeredPerS, outputTokensPerS, powerW, powerEstimated, temperatureC } = event;
      // In a closed loop the concurrency is known.
      const load = offeredPerS === null ? null : { inFlight, offeredPerS };
      return { ...state, load, outputTokensPerS, powerW, powerEstimated, temperatureC };
    }
    case 'run-ended':
    case 'study-ended':
      return NOTHING_YET;
    default:
      return state;
  }
}

/** `run 3 of 6  workload.concurrency=8  window 12/30 s  412 tok/s  31.2 W est.  left 2 min 05 s`, at most `width` columns. */
export function progressLine(state: ProgressState, nowMs: number, width: number): string {
  if (!state.run) return '';
  const { leftS, saidAtMs } = state.run;
  const parts: string[] = [];
  if (state.phase) {
    const elapsed = Math.floor((nowMs - state.phase.sinceMs) / 1_000);
    const { name, expectedS } = state.phase;
    // A phase that has outlasted what was expected of it shows no end that is already past.
    const open = expectedS === null || expectedS <= 0 || elapsed > expectedS;
    parts.push(open ? `${name} ${elapsed} s` : `${name} ${elapsed}/${Math.ceil(expectedS)} s`);
  }
  if (state.search) parts.push(searchText(state.search));
  if (state.load) {
    const { inFlight, offeredPerS } = state.load;
    parts.push(
      state.search ? `${inFlight} in flight` : `${inFlight} in flight at ${figure(offeredPerS)} req/s`,
    );
  }
  if (state.outputTokensPerS !== null) parts.push(`${figure(state.outputTokensPerS)} tok/s`);
  if (state.powerW !== null) parts.push(`${figure(state.powerW)} W${state.powerEstimated ? ' est.' : ''}`);
  const heat = heatText(state.temperatureC, state.phase?.untilC ?? null);
  if (heat !== '') parts.push(heat);
  parts.push(`left ${state.run.atMost ? 'at most ' : ''}${duration(leftS - (nowMs - saidAtMs) / 1_000)}`);
  const head = placeText(state.run);
  const tail = parts.join('  ');
  // The label gives way first: the figures are what one looks for.
  const room = width - head.length - tail.length - 4;
  const label = room >= 8 ? `  ${truncate(oneLine(state.run.label), room)}` : '';
  return truncate(`${head}${label}  ${tail}`, width);
}

/** `61 °C, waits for 45 °C`. */
function heatText(temperatureC: number | null, untilC: number | null): string {
  return [
    ...(temperatureC === null ? [] : [`${temperatureC.toFixed(0)} °C`]),
    ...(untilC === null ? [] : [`waits for ${untilC} °C`]),
  ].join(', ');
}

/** `tries 8.25 req/s (5.66 held, 12 not)`. */
function searchText({ over, load, found, above }: NonNullable<ProgressState['search']>): string {
  const known = [
    ...(found === null ? [] : [`${searchedFigure(found, over)} held`]),
    ...(above === null ? [] : [`${searchedFigure(above, over)} not`]),
  ];
  return `tries ${searchedLoad(load, over)}${known.length > 0 ? ` (${known.join(', ')})` : ''}`;
}
