/** The checks and trials of the Docker runner on a real engine, with a simulated toolkit and driver of NVIDIA. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCheck, type Check, type ContainerSpec, type Finding } from '@llem/core';
import {
  gpuFiles,
  importImage,
  shellFiles,
  simulatedToolkit,
  startDockerDaemon,
  startRegistry,
  whyNoDocker,
  type DockerDaemon,
  type Registry,
  type SimulatedToolkit,
} from '@llem/testkit/docker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dockerChecks, dockerTrials } from '../src/checks/checks.js';
import { containerSpec, dockerOptions, serviceSpec } from '../src/container/host.fixture.js';
import { createConnection } from '../src/engine/connection.js';
import { createImages } from '../src/images/images.js';
import { connectTo, environmentOf, refusedWithRegistry, titled } from './docker.fixture.js';

const A = 'GPU-11111111-1111-1111-1111-111111111111';
const B = 'GPU-22222222-2222-2222-2222-222222222222';

type Found = Readonly<Record<string, Finding>>;
async function findings(checks: readonly Check[]): Promise<Found> {
  const found = await Promise.all(
    checks.map(async (check) => [check.id, await runCheck(check, 60_000)] as const),
  );
  return Object.fromEntries(found);
}
const statuses = (found: Found) =>
  Object.fromEntries(Object.entries(found).map(([id, { status }]) => [id, status]));
const specOf = (change: Partial<ContainerSpec>) => serviceSpec({ container: containerSpec(change) });

const refused = refusedWithRegistry();
describe.skipIf(refused !== null)(titled('checks before a study', refused), () => {
  let daemon: DockerDaemon;
  let registry: Registry;
  beforeAll(async () => {
    [daemon, registry] = await Promise.all([startDockerDaemon(), startRegistry()]);
    await importImage(daemon, { name: 'engine:1', files: shellFiles() });
    await registry.push(daemon, 'engine:1', `${registry.host}/engine:1`);
  });
  afterAll(async () => {
    await daemon.stop();
    await registry.stop();
  });
  const check = (change: Partial<ContainerSpec>, options: object = {}) => {
    const env = environmentOf(daemon);
    return findings(dockerChecks(createConnection(env), dockerOptions(options), [specOf(change)], env));
  };

  it('are fine for an image that is here', async () => {
    const found = await check({ image: 'engine:1' });
    expect(statuses(found)).toEqual({
      'docker.engine': 'ok',
      'docker.spec': 'ok',
      'docker.image': 'ok',
      'docker.disk': 'ok',
      'docker.mounts': 'ok',
      'docker.port': 'ok',
    });
    expect(found['docker.engine']?.message).toMatch(
      /^Docker \d+\.\S+, API 1\.\d+, at unix:\/\/\S+ \(DOCKER_HOST\)\.$/,
    );
    expect(found['docker.image']?.message).toMatch(/^The image engine:1 is here \([0-9a-f]{12}\)\.$/);
    expect(found['docker.disk']?.message).toMatch(/^\d+\.\d GiB free for images in \//);
  });

  it('tell an image that will be pulled from one that cannot be', async () => {
    const { docker } = await connectTo(daemon).engine();
    await docker.getImage(`${registry.host}/engine:1`).remove({ force: true });
    const image = async (name: string, options: object = {}) =>
      (await check({ image: name }, options))['docker.image'];
    expect(await image(`${registry.host}/engine:1`)).toMatchObject({ status: 'ok' });
    expect((await image(`${registry.host}/engine:1`))?.message).toContain(
      'will be pulled before the first run',
    );
    expect(await image(`${registry.host}/engine:2`)).toMatchObject({ status: 'failed' });
    expect((await image(`${registry.host}/engine:2`))?.message).toContain('has no image');
    expect((await image('registry.invalid/engine:1'))?.message).toContain('cannot reach registry.invalid');
    expect((await image('registry.invalid/engine:1', { pull: 'never' }))?.message).toContain(
      'not on this machine',
    );
    expect((await image('En gine'))?.message).toContain('no name of an image');
    // Nothing was pulled by looking.
    await expect(docker.getImage(`${registry.host}/engine:1`).inspect()).rejects.toThrow('404');
  });

  it('tell one thing alone where there is no engine', async () => {
    const host = 'unix:///nonexistent/docker.sock';
    const env = environmentOf({ host });
    const found = await findings(dockerChecks(createConnection(env), dockerOptions(), [], env));
    expect(statuses(found)).toEqual({ 'docker.engine': 'failed', 'docker.port': 'ok' });
    expect(found['docker.engine']?.message).toContain(host);
    expect(found['docker.engine']?.absent).toBeUndefined();
  });

  it('without a study tell of the engine and of its room', async () => {
    const env = environmentOf(daemon);
    const found = await findings(dockerChecks(createConnection(env), dockerOptions(), [], env));
    expect(found['docker.engine']?.message).toMatch(/API .* GiB free for images/);
  });
});

const refusedHere = whyNoDocker();
describe.skipIf(refusedHere !== null)(titled('trials of GPUs', refusedHere), () => {
  let toolkit: SimulatedToolkit;
  let daemon: DockerDaemon;
  let folder = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'llem-trials-'));
    toolkit = simulatedToolkit();
    daemon = await startDockerDaemon({ pathPrefix: toolkit.folder });
    const image = (name: string, driver: string | null, cuda: string, env: Record<string, string>) =>
      importImage(daemon, {
        name,
        files: { ...shellFiles(), ...(driver === null ? {} : gpuFiles({ driver, cuda })) },
        env: { PATH: '/usr/bin:/bin', ...env },
      });
    await image('cuda12:1', '550.54.15', '12.4', { CUDA_VERSION: '12.4.1' });
    await image('cuda12.9:1', '550.54.15', '12.4', { NVIDIA_REQUIRE_CUDA: 'cuda>=12.9' });
    await image('cuda13:1', '550.54.15', '12.4', { CUDA_VERSION: '13.0.0' });
    await image('newest:1', '610.43.02', '13.3', { CUDA_VERSION: '13.0.0' });
    await image('unsaid:1', '550.54.15', '12.4', {});
    await image('bare:1', null, '', { CUDA_VERSION: '12.4.1' });
  });
  afterAll(async () => {
    await daemon.stop();
    toolkit.remove();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => toolkit.set('ok'));

  const trialsOf = (changes: readonly Partial<ContainerSpec>[], on = daemon): Check[] => {
    const connection = connectTo(on);
    const images = async () => createImages(await connection.engine(), 'never', environmentOf(on));
    return dockerTrials(connection, images, changes.map(specOf));
  };
  const trial = (image: string, gpus: readonly string[] | null = [A], on = daemon) =>
    findings(trialsOf([{ image, gpus }], on));
  const containers = async () => (await connectTo(daemon).engine()).docker.listContainers({ all: true });

  it('see the GPUs that are handed over, and leave nothing', async () => {
    const found = await trial('cuda12:1', [A, B]);
    expect(found['docker.gpus']).toMatchObject({ status: 'ok' });
    expect(found['docker.gpus']?.message).toBe(`A container of cuda12:1 sees ${A}, ${B}, and no other.`);
    expect(found['docker.cuda']).toMatchObject({ status: 'ok' });
    expect((await trial('cuda12:1', null))['docker.gpus']?.message).toBe(
      `A container of cuda12:1 sees ${A}, ${B}.`,
    );
    expect(await containers()).toEqual([]);
  });

  it('start one container for each image and set of GPUs, and none without GPUs', async () => {
    const { docker } = await connectTo(daemon).engine();
    const since = Date.now() / 1000;
    const checks = trialsOf([
      { image: 'cuda12:1', gpus: [A, B] },
      { image: 'cuda12:1', gpus: [B, A] },
      { image: 'unsaid:1', gpus: [A] },
      { image: 'cuda13:1', gpus: [] },
    ]);
    expect(checks.map(({ id }) => id)).toEqual(['docker.gpus', 'docker.cuda', 'docker.gpus', 'docker.cuda']);
    await findings(checks);
    const until = Math.ceil(Date.now() / 1000) + 1;
    const events = await docker.getEvents({ since, until, filters: { event: ['create'] } });
    const lines: string[] = [];
    for await (const chunk of events) lines.push(...String(chunk).split('\n').filter(Boolean));
    expect(lines.filter((line) => line.includes('llem-gpu-check'))).toHaveLength(2);
  });

  it.each([
    ['driver-too-old', 'too old for the image, which wants cuda>=12.9', 'Update the driver'],
    ['no-driver', 'driver of this machine does not work', 'sudo modprobe nvidia'],
    ['unknown-device', `no GPU ${A}`, 'nvidia-smi -L'],
  ] as const)('name what the toolkit says: %s', async (state, words, remedy) => {
    toolkit.set(state);
    const found = await trial('cuda12:1');
    expect(found['docker.gpus']?.status).toBe('failed');
    expect(found['docker.gpus']?.message).toContain(words);
    expect(found['docker.gpus']?.remedy).toContain(remedy);
    expect(found['docker.cuda']?.status).toBe('ok');
    expect(await containers()).toEqual([]);
  });

  it('say how the toolkit is set up where there is none', async () => {
    await using plain = await startDockerDaemon();
    await importImage(plain, { name: 'cuda12:1', files: shellFiles() });
    const found = await trial('cuda12:1', [A], plain);
    expect(found['docker.gpus']?.status).toBe('failed');
    expect(found['docker.gpus']?.remedy).toContain('nvidia-ctk runtime configure --runtime=docker');
  });

  it('miss a GPU that the machine does not have', async () => {
    const found = await trial('cuda12:1', [A, 'GPU-33333333-3333-3333-3333-333333333333']);
    expect(found['docker.gpus']?.status).toBe('failed');
    expect(found['docker.gpus']?.message).toContain('does not see GPU-33333333');
    expect(
      (await trial('cuda12:1', ['GPU-44444444-4444-4444-4444-444444444444']))['docker.gpus']?.message,
    ).toBe('A container of cuda12:1 sees no GPU.');
  });

  it('warn where an image has no nvidia-smi', async () => {
    const found = await trial('bare:1');
    expect(found['docker.gpus']?.status).toBe('warning');
    expect(found['docker.cuda']?.status).toBe('ok');
  });

  it.each([
    ['cuda13:1', 'failed', '580 or newer'],
    ['cuda12.9:1', 'warning', 'Update the driver'],
    ['newest:1', 'ok', ''],
    ['unsaid:1', 'ok', ''],
  ])('compare the CUDA of %s with that of the driver: %s', async (image, status, remedy) => {
    const { 'docker.cuda': cuda, 'docker.gpus': gpus } = await trial(image);
    expect(gpus?.status).toBe('ok');
    expect(cuda?.status).toBe(status);
    expect(cuda?.remedy).toContain(remedy);
  });

  it('end with an interruption, and leave nothing', async () => {
    const controller = new AbortController();
    const running = trialsOf([{ image: 'cuda12:1', gpus: [A] }]).map((check) =>
      runCheck(check, 60_000, controller.signal),
    );
    controller.abort();
    expect((await Promise.all(running))[0]?.message).toContain('interrupted');
    await expect.poll(containers, { timeout: 15_000 }).toEqual([]);
  });
});
