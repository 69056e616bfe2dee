/** The estimate as a plugin, and its model. */
export { create, options } from './meter.js';
export { estimatedJoules, IDLE_SHARE, type Work } from './model.js';
