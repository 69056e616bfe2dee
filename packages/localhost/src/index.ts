/** Addresses, ports and processes of this machine: what runners and whoever leaves something behind share. */
export { isOwnAddress, isThisMachine } from './address.js';
export { identitySchema, ownIdentity, stateOf, type ProcessIdentity, type ProcessState } from './identity.js';
export { freePort, LOOPBACK, loopbackCheck } from './port.js';
export { processGroupCheck } from './process-group/check.js';
export { startProcessGroup } from './process-group/start.js';
export { findProgram, requireProgram } from './program.js';
export { launchSupervisor, type Supervisor } from './supervisor.js';
