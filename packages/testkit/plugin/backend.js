// A package of its own, so that a simulated engine is in a user's catalogue only where it was asked for.
export { create, options } from '../dist/simulated-backend.js';
