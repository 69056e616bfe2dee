/** Which load a search tries next, and what it has found: bisection on the scale of ratios. Pure. */
import type { LoadProbe, Search, SearchResult } from '@llem/core';

type Tried = Pick<LoadProbe, 'load' | 'held'>;

/** The next load; null when the search is over. `whole` for loads that are whole numbers. */
export function nextLoad(
  { from, to, precision }: Search,
  probes: readonly Tried[],
  whole: boolean,
): number | null {
  if (probes.length === 0) return from;
  const held = highestHeld(probes);
  if (held === null) return null;
  const above = lowestAbove(probes);
  if (above === null) return held < to ? to : null;
  if (above / held - 1 <= precision) return null;
  const middle = Math.sqrt(held * above);
  if (!whole) return middle;
  return above - held <= 1 ? null : Math.min(above - 1, Math.max(held + 1, Math.round(middle)));
}

/** What a search found. */
export function searchResult(over: SearchResult['over'], probes: readonly LoadProbe[]): SearchResult {
  return { over, found: highestHeld(probes), above: lowestAbove(probes), probes: [...probes] };
}

function highestHeld(probes: readonly Tried[]): number | null {
  const loads = probes.filter(({ held }) => held).map(({ load }) => load);
  return loads.length > 0 ? Math.max(...loads) : null;
}

function lowestAbove(probes: readonly Tried[]): number | null {
  const loads = probes.filter(({ held }) => !held).map(({ load }) => load);
  return loads.length > 0 ? Math.min(...loads) : null;
}
