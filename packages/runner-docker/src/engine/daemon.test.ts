/** How the engine behind a socket is started, and where its log is. */
import { expect, it } from 'vitest';
import { daemonOf } from './daemon.js';

it.each([
  [
    'unix:///var/run/docker.sock',
    '`sudo systemctl start docker` or Docker Desktop',
    '`journalctl -u docker`',
  ],
  ['unix:///run/user/1000/docker.sock', '`systemctl --user start docker`', '`journalctl --user -u docker`'],
  ['unix:///run/podman/podman.sock', '`sudo systemctl start podman.socket`', '`journalctl -u podman`'],
  [
    'unix:///run/user/1000/podman/podman.sock',
    '`systemctl --user start podman.socket`',
    '`journalctl --user -u podman`',
  ],
  ['unix:///Users/jo/.docker/run/docker.sock', 'start Docker Desktop', 'log of Docker Desktop'],
  ['tcp://127.0.0.1:2375', '`sudo systemctl start docker` or Docker Desktop', '`journalctl -u docker`'],
])('%s', (url, start, log) => {
  const daemon = daemonOf({ url });
  expect(daemon.start).toBe(start);
  expect(daemon.log).toContain(log);
});
