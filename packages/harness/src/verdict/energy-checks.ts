/** Checks of the energy figures: measured, plausible, covered by readings, and told alike by two sources. */
import { figure, type EnergyDomain } from '@llem/core';
import { COUNTER_NOT_BRACKETED, COUNTER_WENT_BACKWARDS } from '../energy/device.js';
import { MAY_BE_ELSEWHERE, WRITE_DEVICES } from '../energy/requirement.js';
import { percent, result, type Judge } from './result.js';

const MAX_JOULES_PER_TOKEN = 100;
/** Of the limit that the driver enforces; it holds the mean over some milliseconds, not every instant. */
const MAX_SHARE_OF_LIMIT = 1.1;
const MAX_READING_GAP_S = 3;
const MIN_READINGS = 10;
const MAX_MISSED_TICKS = 0.05;
const MAX_DIVERGENCE = 0.05;
/** Beyond what the accuracy of both could explain (5 % each, and a counter that starts late by a quarter): one of them is wrong. */
const GROSS_DIVERGENCE = 0.25;
/** A mean is compared over windows so many times as long: what it shifts at the edges is then within half of MAX_DIVERGENCE. */
const LEAST_MEANS = 20;

export const headlineEnergy: Judge = ({ headline, headlineDomains, measurement, attached }) => {
  if (attached?.isBilled === false) {
    return result('headline-energy', 'invalid', false, {
      value: null,
      limit: 'measured',
      message: `Energy is not known: ${MAY_BE_ELSEWHERE}. ${WRITE_DEVICES}`,
    });
  }
  if (!headline) {
    const without = measurement.energy.domains.find(
      ({ joules, reason }) => joules === null && reason !== null,
    );
    return result('headline-energy', 'invalid', false, {
      value: null,
      limit: 'measured',
      message:
        without === undefined
          ? 'Energy is not known: no meter covers it. Run `llem doctor` to see what each meter needs.'
          : `Energy is not known: ${without.id}: ${without.reason ?? 'no reason'}. Repeat the run; where that does not help, \`llem doctor\` says what each meter needs.`,
    });
  }
  switch (headline.quality) {
    case 'estimated':
      return result('headline-energy', 'invalid', false, {
        value: 'estimated',
        limit: 'measured',
        message: `Energy is not measured: it is an estimate${estimators(headlineDomains)}. Give llem a meter that measures: \`llem doctor\` says what each one needs.`,
      });
    case 'integrated':
      return result('headline-energy', 'warning', false, {
        value: 'integrated',
        limit: 'counter',
        message:
          'Energy is integrated from power readings. Use a device with an energy counter for a better figure.',
      });
    case 'counter':
      return result('headline-energy', 'invalid', true, {
        value: 'counter',
        limit: 'measured',
        message: 'Energy comes from a counter.',
      });
  }
};

/** ` of the meter "estimate"`: what it estimates from is its own affair. */
function estimators(domains: readonly EnergyDomain[]): string {
  const ids = new Set(domains.flatMap(({ quality, meter }) => (quality === 'estimated' ? [meter] : [])));
  return ids.size === 0 ? '' : ` of the meter ${[...ids].map((id) => `"${id}"`).join(', ')}`;
}

export const plausible: Judge = ({ headline, headlineDomains, powerLimitsW }) => {
  if (!headline) return null;
  const joules = headline.joulesPerToken;
  if (joules === null || joules <= 0 || joules > MAX_JOULES_PER_TOKEN) {
    return result('plausible', 'invalid', false, {
      value: joules,
      limit: MAX_JOULES_PER_TOKEN,
      message: `${joules === null ? 'No' : figure(joules)} J/token is not plausible. Look at the energy domains and at samples.parquet.`,
    });
  }
  for (const { id, meanPowerW } of headlineDomains) {
    const limit = powerLimitsW[id];
    if (limit === undefined || meanPowerW === null || meanPowerW <= MAX_SHARE_OF_LIMIT * limit) continue;
    return result('plausible', 'invalid', false, {
      value: meanPowerW,
      limit: MAX_SHARE_OF_LIMIT * limit,
      message: `${id} is said to have drawn ${figure(meanPowerW)} W on average, and its limit is ${figure(limit)} W. Compare its counter with its power in the energy domains.`,
    });
  }
  return result('plausible', 'invalid', true, {
    value: joules,
    limit: MAX_JOULES_PER_TOKEN,
    message: `${figure(joules)} J/token.`,
  });
};

export const counterCoverage: Judge = ({ measurement, headline, headlineDomains, missedTickShare }) => {
  const open = headlineDomains.find(({ reason }) => reason?.startsWith(COUNTER_NOT_BRACKETED));
  if (open) {
    // Without any figure it is said by headline-energy already.
    const why = open.joules === null ? COUNTER_NOT_BRACKETED : (open.reason ?? COUNTER_NOT_BRACKETED);
    return result('counter-coverage', 'invalid', false, {
      value: open.id,
      limit: null,
      message: `Of ${open.id}, ${why}. Repeat the run, and keep the machine free of other work.`,
    });
  }
  if (!headline || headlineDomains.length === 0) return null;
  const gapS = Math.max(
    ...headlineDomains.map((domain) => sourceOf(domain)?.longestGapS ?? measurement.window.durationS),
  );
  if (gapS > MAX_READING_GAP_S) {
    return result('counter-coverage', 'invalid', false, {
      value: gapS,
      limit: MAX_READING_GAP_S,
      message: `No new energy reading for ${gapS.toFixed(1)} s inside the window. Keep the machine free of other work, and look in samples.parquet for a counter that stands still.`,
    });
  }
  const readings = Math.min(...headlineDomains.map((domain) => domain.samples));
  if (readings < MIN_READINGS) {
    return result('counter-coverage', 'warning', false, {
      value: readings,
      limit: MIN_READINGS,
      message: `Only ${readings} energy readings inside the window. Set measure.min_seconds higher.`,
    });
  }
  const ok = missedTickShare <= MAX_MISSED_TICKS;
  return result('counter-coverage', 'warning', ok, {
    value: missedTickShare,
    limit: MAX_MISSED_TICKS,
    message: ok
      ? `${readings} energy readings, the longest gap ${gapS.toFixed(2)} s.`
      : `The sampler missed ${percent(missedTickShare)} of its ticks. Leave a processor core free for llem.`,
  });
};

/** The source that a domain's figure is taken from. */
const sourceOf = ({ counter, integral }: EnergyDomain) => counter ?? integral;

export const meterAgreement: Judge = ({ measurement, headlineDomains }) => {
  const comparable = headlineDomains.flatMap(({ id, divergence, integral }) => {
    const meansS = (LEAST_MEANS * (integral?.averagedMs ?? 0)) / 1e3;
    return divergence === null || measurement.window.durationS < meansS ? [] : [{ id, divergence }];
  });
  const [farthest] = comparable.toSorted((a, b) => Math.abs(b.divergence) - Math.abs(a.divergence));
  if (!farthest) return null;
  const { id, divergence } = farthest;
  const ok = Math.abs(divergence) <= MAX_DIVERGENCE;
  const apart = `${percent(Math.abs(divergence))} ${divergence < 0 ? 'below' : 'above'} integrated power`;
  const gross = Math.abs(divergence) > GROSS_DIVERGENCE;
  return result('meter-agreement', gross ? 'invalid' : 'warning', ok, {
    value: divergence,
    limit: gross ? GROSS_DIVERGENCE : MAX_DIVERGENCE,
    message: ok
      ? `The energy counter is within ${percent(Math.abs(divergence))} of integrated power.`
      : gross
        ? `The counter of ${id} is ${apart}: it jumped, or one of the two tells of something else. Look at both in samples.parquet, and repeat the run.`
        : `The counter of ${id} is ${apart}. State both figures, and look at samples.parquet for which of the two is off.`,
  });
};

export const negativeEnergy: Judge = ({ measurement }) => {
  const domain = measurement.energy.domains.find(({ reason }) => reason === COUNTER_WENT_BACKWARDS);
  if (!domain) return null;
  return result('negative-energy', 'invalid', false, {
    value: domain.id,
    limit: null,
    message: `The counter of ${domain.id} went backwards: its driver was reloaded. Repeat the run.`,
  });
};
