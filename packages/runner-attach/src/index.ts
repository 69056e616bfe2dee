/** The attach runner as a plugin: what `llem` and authors of other runners import. */
export { create, options } from './runner.js';
