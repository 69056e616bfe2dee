/** What is taken of what an engine says of itself. Recorded from Docker 29.7 and Podman 5.4, of which only what counts is here. */
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openEngine } from './client.js';
import { readFacts, type DockerFacts } from './facts.js';

const DOCKER = {
  Version: '29.7.2',
  ApiVersion: '1.55',
  Os: 'linux',
  Arch: 'amd64',
  Components: [{ Name: 'Engine' }],
};
const PODMAN = {
  Version: '5.4.2',
  ApiVersion: '1.41',
  Os: 'linux',
  Arch: 'amd64',
  Components: [{ Name: 'Podman Engine' }],
};
const SECCOMP = 'name=seccomp,profile=default';

async function factsOf(version: object, info: object): Promise<DockerFacts> {
  const folder = mkdtempSync(join(tmpdir(), 'llem-facts-'));
  const here = { KernelVersion: release(), Name: hostname(), MemoryLimit: true, CpuCfsQuota: true };
  const server = createServer(({ url }, response) =>
    response.end(JSON.stringify(url === '/version' ? version : { ...here, ...info })),
  );
  const socket = join(folder, 'engine.sock');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });
  const engine = await openEngine({ url: `unix://${socket}`, from: 'default', tls: null });
  return readFacts(engine, new AbortController().signal);
}

it.each([
  ['Docker', DOCKER, { CgroupVersion: '1' }, true],
  ['Podman', PODMAN, { CgroupVersion: '1', SecurityOptions: [SECCOMP] }, true],
  ['rootless Podman', PODMAN, { CgroupVersion: '2', SecurityOptions: [SECCOMP, 'name=rootless'] }, true],
  [
    'rootless Podman on control groups of version 1, which says that it can,',
    PODMAN,
    { CgroupVersion: '1', SecurityOptions: [SECCOMP, 'name=rootless'] },
    false,
  ],
])('tells whether %s can hold a container to limits', async (_, version, info, can) => {
  expect((await factsOf(version, info)).limits).toEqual({ memory: can, cpus: can });
});

it('tells Docker from Podman, and where images are', async () => {
  const DriverStatus = [['driver-type', 'io.containerd.snapshotter.v1']];
  expect(await factsOf(DOCKER, { DockerRootDir: '/data', DriverStatus })).toMatchObject({
    kind: 'docker',
    imageFolders: ['/data', '/var/lib/containerd'],
  });
  expect(await factsOf(PODMAN, { DockerRootDir: '/root' })).toMatchObject({
    kind: 'podman',
    imageFolders: ['/root'],
  });
});
