/** Carries out one plan. */
export { claimOfPlan, type Claim } from './claim.js';
export { devicesOf } from './devices/selection.js';
export { execute } from './execute.js';
export { hostFacts } from './host.js';
export { preflight } from './preflight/preflight.js';
export type * from './request.js';
