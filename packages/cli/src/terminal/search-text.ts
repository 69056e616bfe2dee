/** The loads that a search tries in words: how much, and what it makes of them. Pure. */
import { figure, type LoadProbe, type SearchOver } from '@llem/core';

/** `8.25`, or as many in flight as there are. */
export function searchedFigure(load: number, over: SearchOver): string {
  return over === 'rate' ? figure(load) : String(load);
}

/** `8.25 req/s`, `12 in flight`. */
export function searchedLoad(load: number, over: SearchOver): string {
  return `${searchedFigure(load, over)} ${over === 'rate' ? 'req/s' : 'in flight'}`;
}

/** `held: 99.4 % of 812 requests within the SLO`; of a load that did not hold, why. */
export function probeText(probe: LoadProbe): string {
  const { held, reason, decided, attainment, requests, undecided, failed, errors } = probe;
  const share =
    attainment === null ? 'no request' : `${figure(100 * attainment)} % of ${requests - undecided} requests`;
  const outcome = `${held ? 'held' : 'not held'}${decided ? '' : ', too close to tell'}: ${share} within the SLO`;
  switch (reason) {
    case 'overloaded':
      return `${outcome}, and the backlog grew`;
    case 'failures':
      return `${outcome}, ${failed} failed (${Object.keys(errors).join(', ')})`;
    case 'slo':
    case null:
      return outcome;
  }
}
