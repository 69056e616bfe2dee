/** vLLM for llem: the plugin. */
export { create, options } from './backend.js';
