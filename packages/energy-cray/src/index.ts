/** The meter of Cray nodes as a plugin. */
export { create, options } from './meter.js';
