/** SGLang for llem. */
export { create, options } from './backend.js';
