/** The NVML meter as a plugin. */
export { create, options } from './meter.js';
