/** What preflight asks of this machine before a process group is started on it. */
import { failed, ok, type Check } from '@llem/core';

/** Whether engines can run as process groups, as a check of this id. */
export const processGroupCheck = (id: string): Check => ({
  id,
  title: 'Process groups',
  run: () =>
    Promise.resolve(
      process.platform === 'win32'
        ? failed('Windows has no process groups.', 'Run llem inside WSL 2.')
        : ok(`Engines run as process groups under ${process.platform}.`),
    ),
});
