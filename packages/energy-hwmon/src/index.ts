/** The meter of Grace processors and AMD GPUs as a plugin. */
export { create, options } from './meter.js';
