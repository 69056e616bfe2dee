/** The check of the idle powers: measured, at rest, young, and sure enough to be subtracted. */
import { figure, type EnergyDomain } from '@llem/core';
import { BARE_IDLE_MAX_AGE_S } from '../energy/idle.js';
import type { Evidence } from './evidence.js';
import { percent, result, type Judge } from './result.js';

/** What the idle's own uncertainty (95 %) may make of the adjusted energy. */
const MAX_IDLE_SHARE = 0.05;
/** Loaded idle is less than bare idle when it is so by more than this share, and by more than both spread. */
const MIN_BELOW = 0.01;
const NORMAL_95 = 1.96;

interface Problem {
  readonly value: string | number | null;
  readonly limit: string | number | null;
  /** Ends in what to do. */
  readonly message: string;
}

type Finder = (evidence: Evidence) => Problem | null;

const leftOut: Finder = ({ leftOut: phases }) => {
  const [first] = phases;
  if (first === undefined) return null;
  const message = `Left out by the study: ${phases.join(', ')}. Give measure.${first} a duration.`;
  return { value: phases.join(', '), limit: null, message };
};

const noBare: Finder = ({ attached }) => {
  if (!attached?.isBilled) return null;
  const message =
    'Power without the engine is not known, for the server ran already: of the loaded idle nobody can tell what is its own. Have llem start it (local, docker) where that matters.';
  return { value: null, limit: null, message };
};

const unknown: Finder = ({ leftOut: phases, headlineDomains, attached }) => {
  const isMissing = ({ idle: { bare, loaded } }: EnergyDomain) =>
    (bare === null && attached === null && !phases.includes('idle_bare_s')) ||
    (loaded === null && !phases.includes('idle_loaded_s'));
  const ids = namesOf(headlineDomains.filter(isMissing));
  if (ids === '') return null;
  const message = `The idle power of ${ids} is not known. Give measure.idle_bare_s and measure.idle_loaded_s more time.`;
  return { value: ids, limit: null, message };
};

const unsettled: Finder = ({ leftOut: phases, measurement, settledBeforeBareIdle }) => {
  const { seconds, reached } = measurement.window.settle;
  if (phases.includes('settle_s')) return null;
  if (reached === 'cap') {
    const message = `Power was still moving ${seconds.toFixed(0)} s after the engine was ready. Set measure.settle_s higher, or find what else uses the devices.`;
    return { value: reached, limit: 'steady', message };
  }
  if (settledBeforeBareIdle.includes('cap')) {
    const message =
      'Power was still moving when bare idle was measured. Set execution.gaps.between_runs_s or measure.settle_s higher, or find what else uses the devices.';
    return { value: 'bare: cap', limit: 'steady', message };
  }
  if (reached === 'unknown') {
    const message =
      'Whether power had settled before the loaded idle is not known. Run `llem doctor` to see what each meter tells.';
    return { value: reached, limit: 'steady', message };
  }
  return null;
};

const belowBare: Finder = ({ headlineDomains }) => {
  for (const { id, idle: power } of headlineDomains) {
    if (!power.bare || !power.loaded) continue;
    const { bare, loaded } = power;
    const spreadW = 2 * Math.hypot(bare.sdW ?? 0, loaded.sdW ?? 0);
    if (bare.watts - loaded.watts <= Math.max(MIN_BELOW * bare.watts, spreadW)) continue;
    const message = `${id} drew less with the model loaded (${figure(loaded.watts)} W) than with no engine running (${figure(bare.watts)} W): something else used it then. Keep the devices free and repeat.`;
    return { value: loaded.watts, limit: bare.watts, message };
  }
  return null;
};

const belowIdle: Finder = ({ headline }) => {
  const { adjustedJ = null, adjustedEdgeJ = null } = headline ?? {};
  if (adjustedJ === null || adjustedJ >= -NORMAL_95 * (adjustedEdgeJ ?? 0)) return null;
  const message = `The window took less than loaded idle for as long (${figure(adjustedJ)} J above it): something else used the devices during the idle. Keep them free and repeat.`;
  return { value: adjustedJ, limit: 0, message };
};

const tooOld: Finder = ({ headlineDomains }) => {
  const ageS = Math.max(0, ...headlineDomains.map(({ idle: { bare } }) => bare?.ageS ?? 0));
  if (ageS <= BARE_IDLE_MAX_AGE_S) return null;
  const message = `Bare idle was ${(ageS / 60).toFixed(0)} minutes old at the window: the run took longer to get there than was foreseen, or its engine was started that long ago (execution.service: per_block). Take it as a rough figure, or repeat the run with the model already fetched, or with an engine of its own (fresh).`;
  return { value: ageS, limit: BARE_IDLE_MAX_AGE_S, message };
};

const unsure: Finder = ({ headline }) => {
  if (!headline) return null;
  const { adjustedJ, adjustedEdgeJ, edgeJ } = headline;
  if (adjustedJ === null || adjustedEdgeJ === null) return null;
  const idleJ = NORMAL_95 * Math.sqrt(Math.max(0, adjustedEdgeJ ** 2 - edgeJ ** 2));
  // Of an energy of nothing there is no share, and no number for it.
  const share = Math.min(Number.MAX_SAFE_INTEGER, idleJ / Math.abs(adjustedJ));
  if (idleJ === 0 || share <= MAX_IDLE_SHARE) return null;
  const message = `Idle power varied so much that the adjusted energy is known to ± ${percent(share)} only. Set measure.idle_loaded_s higher, or keep the machine free of other work.`;
  return { value: share, limit: MAX_IDLE_SHARE, message };
};

/** The gravest first. */
const FINDERS: readonly Finder[] = [
  leftOut,
  unknown,
  noBare,
  unsettled,
  belowBare,
  belowIdle,
  tooOld,
  unsure,
];

export const idle: Judge = (evidence) => {
  const problems = FINDERS.map((find) => find(evidence)).filter((problem) => problem !== null);
  const [first] = problems;
  // Without energy there is nothing that an idle could be subtracted from.
  if (!first && evidence.attached?.isBilled === false) return null;
  if (!first) {
    return result('idle', 'warning', true, {
      value: 'steady',
      limit: 'steady',
      message: 'Idle power was measured at rest, bare and loaded.',
    });
  }
  const message = problems.map((problem) => problem.message).join(' ');
  return result('idle', 'warning', false, { value: first.value, limit: first.limit, message });
};

const namesOf = (domains: readonly EnergyDomain[]) => domains.map(({ id }) => id).join(', ');
