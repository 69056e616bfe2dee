/** Studies with engines in containers, through the real command and a real Docker engine. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { SIMULATED_VLLM, startSimulatedServer } from '@llem/testkit';
import { importImage, startRegistry, whyNoDocker, whyNoRegistry } from '@llem/testkit/docker';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import {
  dockerPlace,
  engineFiles,
  GPU,
  IMAGE,
  recordsIn,
  resultsOf,
  settings,
  type DockerPlace,
} from './docker.js';
import { beginOf, interrupted } from './interrupted-process.js';
import { eventsOf, marked } from './llem.js';

const LIMIT_MS = 120_000;
const TOKEN = 'hf_a-token-that-nobody-may-see';
const PASSWORD = 'a-password-that-nobody-may-see';

const CONTENT = /^sha256:[0-9a-f]{64}$/;

const reason = whyNoDocker() ?? whyNoRegistry();
if (reason !== null) console.log(`Left out: studies with engines in containers (${reason}).`);

describe.skipIf(reason !== null)('engines in containers', () => {
  let place: DockerPlace;
  beforeAll(async () => {
    place = await dockerPlace();
  }, LIMIT_MS);
  afterAll(() => place[Symbol.asyncDispose]());

  const containers = () => place.containers();
  /** A container is removed by whoever started it, or by its supervisor within this time. */
  const goneWithin = (timeoutMs: number) =>
    vi.waitFor(async () => expect(await containers()).toEqual([]), { timeout: timeoutMs, interval: 50 });

  it(
    'are measured beside processes and a server that runs already, and each record says what it was',
    async () => {
      await using registry = await startRegistry();
      const remote = `${registry.host}/engines:1`;
      // Of a content that is nowhere else, so that all of it has to come.
      await importImage(place.daemon, { name: 'llem-test/published:1', files: engineFiles() });
      await registry.push(place.daemon, 'llem-test/published:1', remote);
      await place.removeImage('llem-test/published:1');
      await place.removeImage(remote);
      const argv = ['serve', join(place.dir, 'model'), '--host', '127.0.0.1', '--port', '0'];
      const attached = await startSimulatedServer('vllm', argv);
      onTestFinished(() => attached.close());
      Object.assign(place.env, { HF_TOKEN: TOKEN, E2E_PASSWORD: PASSWORD });
      await place.study(`${settings(place, 'mixed')}
runners: { sglang: { type: docker, image: ${IMAGE}, user: '65534:65534' } }
vllm: { executable: ${SIMULATED_VLLM} }
experiments:
  - { backend: vllm, runner: local }
  - { backend: vllm, devices: [0], runner: { type: docker, image: ${remote}, env: { PASSWORD: '\${env:E2E_PASSWORD}' } } }
  - { backend: sglang }
  - { backend: vllm, runner: attach:${attached.baseUrl} }
  - { backend: llamacpp, model: llem/tiny-1m, runner: docker:${IMAGE} }
  - { backend: trtllm, devices: [0], runner: { type: docker, image: ${IMAGE}, user: '65534:65534', ulimits: { memlock: 65536 } } }
`);
      const { code, stderr, stdout } = await place.llem(['run', 'study.yaml']);
      expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
      expect(stderr).toMatch(new RegExp(`Image ${remote}: .*\\.`));
      expect(await containers()).toEqual([]);

      const dir = await resultsOf(place);
      const records = await recordsIn(dir);
      const seen = records.map(({ status, runner, engine }) => ({
        status,
        type: runner.type,
        why: runner.why,
        image: engine.image?.name ?? null,
      }));
      const completed = { status: 'completed', image: null };
      expect(seen).toEqual([
        { ...completed, type: 'local', why: 'the experiment' },
        { ...completed, type: 'docker', why: 'the experiment', image: remote },
        { ...completed, type: 'docker', why: "the study's runners", image: IMAGE },
        { ...completed, type: 'attach', why: 'the experiment' },
        { ...completed, type: 'docker', why: 'the experiment', image: IMAGE },
        { ...completed, type: 'docker', why: 'the experiment', image: IMAGE },
      ]);
      const [, pulled, imported, , embedded] = records.map(({ engine }) => engine);
      expect(pulled?.image?.id).toMatch(CONTENT);
      expect(pulled?.image?.digest).toMatch(CONTENT);
      expect(imported?.image).toMatchObject({ name: IMAGE, digest: null });
      expect(pulled?.container).toMatchObject({ image: remote, entrypoint: ['vllm', 'serve'], gpus: [GPU] });
      // What the containers were handed is what was billed; and the second engine has read its options as another user.
      for (const record of [records[1], records[5]]) {
        expect(record?.devices.map(({ id }) => id)).toContain(`gpu:${GPU}`);
        expect(record?.measurement?.energy.totals.gpu?.meanPowerW).toBeCloseTo(300, -1);
      }
      expect(records[5]?.engine.files).toHaveLength(1);
      expect(embedded?.container).toMatchObject({ entrypoint: ['llem-llamacpp'] });
      expect(embedded?.version).toContain('llama.cpp');
      for (const { validity, measurement } of records) {
        expect(measurement?.window.durationS).toBeGreaterThan(0.9);
        expect(validity.checks.length).toBeGreaterThan(0);
      }

      const files = await filesIn(dir);
      const logs = files.filter(({ path }) => basename(path) === 'engine.log').map(({ content }) => content);
      expect(logs.filter((log) => log.includes('begun as 0 with *** and ***'))).toHaveLength(1);
      for (const { path, content } of files) {
        for (const secret of [TOKEN, PASSWORD])
          expect([path, content.includes(secret)]).toEqual([path, false]);
      }
      expect(stdout + stderr).not.toMatch(new RegExp(`${TOKEN}|${PASSWORD}`));
    },
    LIMIT_MS,
  );

  it(
    'that cannot be started are all told of before the first run',
    async () => {
      await place.study(`${settings(place, 'refused')}
experiments:
  - { backend: vllm, runner: local, vllm.executable: ${join(place.dir, 'nowhere', 'vllm')} }
  - { backend: vllm, runner: { type: docker, image: 'llem-test/missing:1', pull: never } }
  - { backend: vllm, runner: { type: docker, image: '${IMAGE}', mounts: [{ source: ${join(place.dir, 'no-such-folder')}, target: /data }] } }
  - { backend: vllm, runner: 'attach:http://127.0.0.1:${await closedPort()}' }
`);
      const { code, stderr } = await place.llem(['run', 'study.yaml', '--output', 'refused']);
      expect(code).toBe(1);
      for (const id of ['vllm.executable', 'docker.image', 'docker.mounts', 'attach.server']) {
        expect(stderr).toContain(id);
      }
      expect(stderr).toContain('llem-test/missing:1');
      expect(stderr).toContain('no-such-folder');
      expect(await containers()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'may serve several runs, each time the same container',
    async () => {
      await place.study(`${settings(place, 'shared')}
backend: vllm
runners: { vllm: docker:${IMAGE} }
sweep: { workload.concurrency: [1, 2] }
execution.service: per_block
`);
      const { code, stderr } = await place.llem(['run', 'study.yaml', '--output', 'shared']);
      expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
      const [first, second] = await recordsIn(await resultsOf(place, 'shared'));
      expect(first?.engine.serviceStart).toMatchObject({ runsBefore: 0 });
      expect(second?.engine.serviceStart).toMatchObject({
        runId: first?.runId,
        runsBefore: 1,
        cacheReset: 'done',
      });
      expect(second?.engine.facts).toEqual(first?.engine.facts);
      expect(second?.engine.image).toEqual(first?.engine.image);
      expect(await containers()).toEqual([]);
    },
    LIMIT_MS,
  );

  const endless = (name: string) => `${settings(place, name, 600)}
backend: vllm
runners: { vllm: docker:${IMAGE} }
`;

  it(
    'are gone when a study is interrupted or killed, and one that nobody could remove is found by doctor',
    async () => {
      await place.study(endless('stopped'));
      const run = await interrupted(place, ['run', 'study.yaml'], beginOf('window'));
      expect(run.code).toBe(130);
      expect(await containers()).toEqual([]);
      const dir = run.dir ?? '';

      const killed = await interrupted(
        place,
        ['resume', dir, '--skip-preflight'],
        beginOf('window'),
        (child) => {
          child.kill('SIGKILL');
        },
      );
      expect(killed.signal).toBe('SIGKILL');
      await goneWithin(5_000);

      // Its supervisor with it, so that nobody is left who knows of the container.
      await interrupted(place, ['resume', dir, '--skip-preflight'], beginOf('window'), (child) => {
        void killWithSupervisor(place, child);
      });
      expect(await containers()).toHaveLength(1);
      const found = await place.llem(['doctor']);
      expect(found.stdout).toMatch(/warning {2}Left-over containers: 1 container of a llem that has ended/);
      const fixed = await place.llem(['doctor', '--fix']);
      expect(fixed.stdout).toContain('1 container removed: llem-');
      expect(await containers()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'that are removed by hand, or lose their Docker engine, are recorded as failures, and the study goes on',
    async () => {
      await place.study(`${settings(place, 'disturbed')}
backend: vllm
vllm: { executable: ${SIMULATED_VLLM} }
runners: { vllm: docker:${IMAGE} }
experiments:
  - { workload.concurrency: 1, measure.min_seconds: 600 }
  - { workload.concurrency: 2, measure.min_seconds: 600 }
  - { workload.concurrency: 1, runner: local }
  - { workload.concurrency: 1 }
`);
      const { child, finished } = place.start(['run', 'study.yaml', '--output', 'disturbed', '--json']);
      let windows = 0;
      let ended = 0;
      for await (const { type, phase } of eventsOf(child)) {
        if (type === 'phase' && phase === 'window') {
          windows += 1;
          if (windows === 1) for (const id of await containers()) await place.removeContainer(id);
          if (windows === 2) await place.daemon.kill();
        }
        if (type !== 'run-ended') continue;
        ended += 1;
        if (ended === 2) await place.daemon.restart();
      }
      const { code, stderr } = await finished;
      expect([code, code === 3 ? '' : stderr]).toEqual([3, '']);
      const records = await recordsIn(await resultsOf(place, 'disturbed'));
      expect(records.map(({ status, failure }) => [status, failure?.class ?? null])).toEqual([
        ['failed', 'container-removed'],
        ['failed', 'docker-gone'],
        ['completed', null],
        ['completed', null],
      ]);
      for (const { failure } of records.slice(0, 2))
        expect(failure?.logTail.join('\n')).toContain('begun as 0');
      await place.llem(['doctor', '--fix']);
      expect(await containers()).toEqual([]);
    },
    LIMIT_MS,
  );
});

/** Stopped first, so that neither can do anything about the death of the other. */
async function killWithSupervisor({ dir }: DockerPlace, child: ChildProcess): Promise<void> {
  child.kill('SIGSTOP');
  for (const pid of (await marked(dir)).toReversed()) process.kill(Number(pid), 'SIGKILL');
}

/** One that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  server.close();
  return port;
}

async function filesIn(dir: string): Promise<{ path: string; content: string }[]> {
  const found = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return Promise.all(paths.map(async (path) => ({ path, content: await readFile(path, 'latin1') })));
}
