/** What a plan needs to know of the machine and of what an engine computes on, without all that carries one out. */
export { devicesOf } from './devices/selection.js';
export { hostFacts } from './host.js';
