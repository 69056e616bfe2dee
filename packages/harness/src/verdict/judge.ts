/** The verdict of a run: all checks that apply. Limits and their sources: docs/method.md. */
import type { CheckResult } from '@llem/core';
import { dataset } from './dataset-checks.js';
import { devices, exclusiveDevice, temperature, throttled } from './device-checks.js';
import {
  counterCoverage,
  headlineEnergy,
  meterAgreement,
  negativeEnergy,
  plausible,
} from './energy-checks.js';
import type { Evidence } from './evidence.js';
import { idle } from './idle-check.js';
import { loadGenerator, overloaded, scrape } from './load-checks.js';
import { asAsked, model, provenance } from './provenance-checks.js';
import type { Judge } from './result.js';
import { search } from './search-checks.js';
import { exclusiveServer } from './server-checks.js';
import { cache, requests, tokens } from './token-checks.js';
import { steady, windowLength } from './window-checks.js';

const JUDGES: readonly Judge[] = [
  windowLength,
  overloaded,
  search,
  steady,
  headlineEnergy,
  plausible,
  counterCoverage,
  meterAgreement,
  negativeEnergy,
  throttled,
  temperature,
  exclusiveDevice,
  devices,
  exclusiveServer,
  requests,
  tokens,
  cache,
  dataset,
  loadGenerator,
  scrape,
  model,
  provenance,
  asAsked,
  idle,
];

/** Every check that applies to what was measured. */
export function judge(evidence: Evidence): CheckResult[] {
  return JUDGES.map((one) => one(evidence)).filter((result) => result !== null);
}
