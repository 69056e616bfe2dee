/** Carries out one plan. */
export { claimOfPlan, type Claim } from './claim.js';
export { execute } from './execute.js';
export { preflight } from './preflight/preflight.js';
export type * from './request.js';
