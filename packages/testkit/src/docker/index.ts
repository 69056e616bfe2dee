/** A real Docker engine with images and a registry, for tests on a machine where one can be started. */
export { askDocker, failureIn, type DockerAnswer, type DockerRequest } from './api.js';
export { startDockerDaemon, type DockerDaemon, type DockerDaemonOptions } from './daemon.js';
export { embeddedEngineFiles, nodeFiles, shellFiles, simulatedEngineFiles } from './files.js';
export { importImage, type ImageFile, type ImageFiles, type ImageOptions } from './image.js';
export {
  gpuFiles,
  simulatedToolkit,
  type SimulatedGpus,
  type SimulatedToolkit,
  type ToolkitState,
} from './nvidia.js';
export {
  startRegistry,
  whyNoRegistry,
  type Damage,
  type Registry,
  type RegistryOptions,
} from './registry.js';
export { engineKind, whyNoDocker } from './requirements.js';
