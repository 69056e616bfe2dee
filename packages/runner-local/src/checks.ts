/** What `llem doctor` and preflight ask of this machine before an engine is started on it. */
import { failed, ok, type Check } from '@llem/core';
import { freePort, HOST } from './port.js';

export const platform: Check = {
  id: 'local.platform',
  title: 'Process groups',
  run: () =>
    Promise.resolve(
      process.platform === 'win32'
        ? failed('Windows has no process groups.', 'Run llem inside WSL 2.')
        : ok(`Engines run as process groups under ${process.platform}.`),
    ),
};

export const loopback: Check = {
  id: 'local.loopback',
  title: 'Loopback port',
  run: async () => {
    try {
      return ok(`Engines can listen on ${HOST}, for example on port ${await freePort()}.`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return failed(
        `No port of ${HOST} can be listened on: ${why}.`,
        'Bring the loopback interface up (`ip link set lo up`), or leave the sandbox that forbids it.',
      );
    }
  },
};
