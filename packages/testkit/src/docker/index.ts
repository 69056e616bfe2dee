/** A real Docker engine with images and a registry, for tests on a machine where one can be started. */
export { askDocker, failureIn, type DockerAnswer, type DockerRequest } from './api.js';
export { startDockerDaemon, type DockerDaemon, type DockerDaemonOptions } from './daemon.js';
export { embeddedEngineFiles, nodeFiles, simulatedEngineFiles } from './files.js';
export { importImage, type ImageFile, type ImageFiles, type ImageOptions } from './image.js';
export { whyNoDocker } from './requirements.js';
