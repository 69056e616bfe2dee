/** Checks of a search: what it found, and whether that held when it was measured. */
import type { CheckResult, LoadProbe, SearchResult } from '@llem/core';
import { attainmentOf, type Attainment } from '../search/attainment.js';
import type { Evidence } from './evidence.js';
import { percent, result } from './result.js';

const LONGER = 'Raise workload.search.probe_s';

/** The only check of a search that measured nothing: not even its lowest load held. */
export function nothingHeld({ over, probes }: SearchResult): CheckResult {
  const tried = probes.map((probe) => `at ${loadText(probe.load, over)} ${whyNot(probe)}`);
  return result('search', 'invalid', false, {
    value: probes[0]?.attainment ?? null,
    limit: null,
    message: `The lowest load of the search did not hold: ${tried.join('; ')}. Lower workload.search.from, or loosen workload.search.slo.`,
  });
}

/** The load that was found has to hold in the window too: its requests are others, and most often there are more of them. */
export function search({
  search: searched,
  sloOutcomes,
  workload,
}: Pick<Evidence, 'search' | 'sloOutcomes' | 'workload'>): CheckResult | null {
  if (!searched) return null;
  const { found, above, over, probes } = searched;
  const load = loadText(found ?? 0, over);
  const asked = workload.slo?.attainment ?? 0;
  const window = attainmentOf([sloOutcomes ?? []]);
  const judged = (severity: CheckResult['severity'], ok: boolean, message: string) =>
    result('search', severity, ok, { value: window?.share ?? null, limit: asked, message });

  if (window === null || window.high < asked) {
    const seen =
      window === null
        ? 'in the window no request could be told to hold the SLO, against'
        : `${inWindow(window)}, less than`;
    return judged(
      'invalid',
      false,
      `The search found ${load}, and ${seen} the ${percent(asked)} asked for. ${LONGER}, so that a load is held for longer before it is judged.`,
    );
  }
  if (above === null) {
    return judged(
      'warning',
      false,
      `Even the highest load of the search held the SLO, ${load}: the limit lies above. Raise workload.search.to.`,
    );
  }
  const probed = (which: number | null) => probes.find((probe) => probe.load === which);
  const upper = probed(above);
  const told = `${load} held the SLO, and ${inWindow(window)}; at ${loadText(above, over)} ${upper ? whyNot(upper) : 'it was missed'}.`;
  const sure = probed(found)?.decided !== false && window.share >= asked;
  return sure
    ? judged('warning', true, told)
    : judged(
        'warning',
        false,
        `${told} These are too few requests, or too close to the ${percent(asked)} asked for, to be sure of it. ${LONGER}.`,
      );
}

function whyNot({ attainment, requests, undecided, reason, failed, errors }: LoadProbe): string {
  const held =
    attainment === null
      ? 'no request could be told to hold the SLO'
      : `${percent(attainment)} of ${requests - undecided} requests held the SLO`;
  switch (reason) {
    case 'overloaded':
      return `the backlog grew, and ${held}`;
    case 'failures':
      return `${failed} requests failed (${Object.keys(errors).join(', ')}), and ${held}`;
    case 'slo':
    case null:
      return held;
  }
}

function loadText(load: number, over: SearchResult['over']): string {
  return over === 'rate' ? `${Number(load.toPrecision(4))} requests/s` : `${load} requests in flight`;
}

const inWindow = ({ share, low, high }: Attainment): string =>
  `${percent(share)} of the window's requests held it (95 % interval ${percent(low)} to ${percent(high)})`;
