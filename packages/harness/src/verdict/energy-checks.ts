/** Checks of the energy figures: measured, plausible, covered by readings. */
import { figure } from '@llem/core';
import { COUNTER_WENT_BACKWARDS } from '../energy/device.js';
import { percent, result, type Judge } from './result.js';

const MAX_JOULES_PER_TOKEN = 100;
const MAX_READING_GAP_S = 3;
const MIN_READINGS = 10;
const MAX_MISSED_TICKS = 0.05;

export const headlineEnergy: Judge = ({ headline, measurement }) => {
  if (!headline) {
    const reason =
      measurement.energy.domains.find((domain) => domain.joules === null && domain.reason !== null)?.reason ??
      'no meter covers it';
    return result('headline-energy', 'invalid', false, {
      value: null,
      limit: 'measured',
      message: `Energy is not known: ${reason}. Run \`llem doctor\` to see what each meter needs.`,
    });
  }
  switch (headline.quality) {
    case 'estimated':
      return result('headline-energy', 'invalid', false, {
        value: 'estimated',
        limit: 'measured',
        message:
          'Energy is an estimate from processor time. Give llem a meter: `llem doctor` says what each one needs.',
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

export const plausible: Judge = ({ headline }) => {
  if (!headline) return null;
  const joules = headline.joulesPerToken;
  if (joules === null || joules <= 0 || joules > MAX_JOULES_PER_TOKEN) {
    return result('plausible', 'invalid', false, {
      value: joules,
      limit: MAX_JOULES_PER_TOKEN,
      message: `${joules === null ? 'No' : figure(joules)} J/token is not plausible. Look at the energy domains and at samples.parquet.`,
    });
  }
  return result('plausible', 'invalid', true, {
    value: joules,
    limit: MAX_JOULES_PER_TOKEN,
    message: `${figure(joules)} J/token.`,
  });
};

export const counterCoverage: Judge = ({
  headline,
  headlineDomains,
  longestReadingGapS,
  missedTickShare,
}) => {
  if (!headline || longestReadingGapS === null) return null;
  if (longestReadingGapS > MAX_READING_GAP_S) {
    return result('counter-coverage', 'invalid', false, {
      value: longestReadingGapS,
      limit: MAX_READING_GAP_S,
      message: `No energy reading for ${longestReadingGapS.toFixed(1)} s inside the window. Keep the machine free of other work.`,
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
      ? `${readings} energy readings, the longest gap ${longestReadingGapS.toFixed(2)} s.`
      : `The sampler missed ${percent(missedTickShare)} of its ticks. Leave a processor core free for llem.`,
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
