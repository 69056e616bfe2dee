/** The package is a command; what is exported serves its own tools. */
export { main } from './main.js';
