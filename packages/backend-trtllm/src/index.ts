/** TensorRT-LLM for llem: the plugin, and the tables of its options for the documentation. */
export { create, options } from './backend.js';
export { FILE_KEYS, FLAGS, MAPPINGS } from './options.js';
