/** What `llem doctor` and preflight ask of this machine before an engine is started on it. */
import { failed, ok, type Check } from '@llem/core';
import { loopbackCheck } from '@llem/localhost';

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

export const loopback = loopbackCheck('local.loopback');
