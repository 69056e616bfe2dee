/** Starts a plugin: a package that builds, passes its conformance suite and can be linked and run at once. */
export { outsideFiles, workspaceFiles, type PluginFiles } from './files.js';
export { requestOf, workspaceRequestOf, type PluginRequest } from './request.js';
export { main } from './main.js';
export { writePlugin } from './write.js';
