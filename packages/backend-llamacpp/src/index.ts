/** llama.cpp for llem: the plugin and the names of the models that it makes. */
export { create, options } from './backend.js';
export { TINY_MODELS, isTinyModel, type TinyModelName } from './model/tiny.js';
