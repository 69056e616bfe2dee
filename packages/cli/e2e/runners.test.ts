/** Where engines run: several runners in one study, who decides, and what is found where nobody does. */
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import os from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { recordSchema, type RunRecord } from '@llem/core';
import { SIMULATED_VLLM, startSimulatedEngine } from '@llem/testkit';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { simulatedWorkplace, type Workplace } from './llem.js';

let place: Workplace;
beforeEach(async () => {
  place = await simulatedWorkplace();
});
afterEach(() => place.remove());

const SETTINGS = `
workload: { concurrency: 2, input_tokens: 16, output_tokens: 8 }
measure: { min_seconds: 1, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 0 } }
execution: { cycles: 1, order: sequential, gaps: { between_runs_s: 0 } }
energy: { meters: [estimate] }
`;

async function records(): Promise<RunRecord[]> {
  const [name = ''] = await readdir(join(place.dir, 'results'));
  const runs = join(place.dir, 'results', name, 'runs');
  const texts = (await readdir(runs)).sort().map((run) => readFile(join(runs, run, 'record.json'), 'utf8'));
  return (await Promise.all(texts)).map((text) => recordSchema.parse(JSON.parse(text)));
}

it('runs one study on processes and on a server that is there, each record with its runner and why', async () => {
  const server = await startSimulatedEngine({ slots: 4, ttftMs: 4, itlMs: 1 });
  onTestFinished(() => server.close());
  const study = `name: mixed
model: llem/tiny-1m
${SETTINGS}
runners: { simulated: "attach:\${env:SERVER}" }
experiments:
  - { backend: simulated, runner: local }
  - { backend: simulated, workload.concurrency: 1 }
  - { backend: llamacpp }
`;
  await writeFile(join(place.dir, 'study.yaml'), study);
  Object.assign(place.env, { SERVER: server.baseUrl, LLEM_RUNNER_LLAMACPP: 'local' });
  const { code, stderr } = await place.llem(['run', 'study.yaml']);
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  const found = await records();
  expect(found.map(({ engine, runner }) => [engine.backend, runner.type, runner.why])).toEqual([
    ['simulated', 'local', 'the experiment'],
    ['simulated', 'attach', "the study's runners"],
    ['llamacpp', 'local', 'LLEM_RUNNER_LLAMACPP'],
  ]);
  expect(found.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
  // Those of one runner are no part of the other: the server saw one run.
  expect(found.map(({ engine }) => engine.command.length > 0)).toEqual([true, false, true]);
  expect(found[1]?.runner.options).toEqual({ url: '${env:SERVER}' });
}, 60_000);

const plannedSchema = z.object({
  experiments: z.array(z.object({ id: z.string() })),
  resolvedRunners: z.record(z.string(), z.object({ type: z.string(), why: z.string() })),
  images: z.record(z.string(), z.string()),
});

/** Runner, image and why of each experiment in its order. */
async function planned(...flags: string[]) {
  const { code, stdout, stderr } = await place.llem(['plan', 'study.yaml', '--json', ...flags]);
  expect([code, stderr]).toEqual([0, '']);
  const { experiments, resolvedRunners, images } = plannedSchema.parse(JSON.parse(stdout));
  return experiments.map(({ id }) => [
    resolvedRunners[id]?.type,
    images[id] ?? null,
    resolvedRunners[id]?.why,
  ]);
}

it('takes for each experiment the first that flag, experiment, environment, study and configuration name', async () => {
  const study = `name: named
model: llem/tiny-1m
runners: { vllm: "docker:study", sglang: "docker:study" }
sweep: { backend: [vllm, sglang, trtllm, llamacpp] }
experiments:
  - { backend: vllm, runner: "docker:experiment" }
  - { backend: vllm, runner: { type: docker, pull: never } }
`;
  await writeFile(join(place.dir, 'study.yaml'), study);
  const config = join(place.dir, 'config', 'llem');
  await mkdir(config, { recursive: true });
  const runners = '{ vllm: "docker:user", sglang: "docker:user", trtllm: "docker:user", llamacpp: local }';
  await writeFile(join(config, 'config.yaml'), `runners: ${runners}\n`);
  place.env['LLEM_RUNNER_SGLANG'] = 'docker:environment';
  const rest = [
    ['docker', 'environment', 'LLEM_RUNNER_SGLANG'],
    ['docker', 'user', "the user's configuration"],
    ['local', null, "the user's configuration"],
  ];
  const own = (await planned())[5]?.[1];
  expect(own).toMatch(/^vllm\/vllm-openai:/);
  expect(await planned()).toEqual([
    ['docker', 'study', "the study's runners"],
    ...rest,
    ['docker', 'experiment', 'the experiment'],
    ['docker', own, 'the experiment'],
  ]);
  const flag = ['docker', 'flag', '--runner'];
  expect(await planned('--runner', 'vllm=docker:flag')).toEqual([flag, ...rest, flag, flag]);
}, 30_000);

/** A study of vLLM, which is on this machine as far as llem can see, and SGLang, which is not. */
async function halfInstalled(): Promise<void> {
  const [bin, model] = [join(place.dir, 'bin'), join(place.dir, 'model')];
  await mkdir(bin);
  await symlink(SIMULATED_VLLM, join(bin, 'vllm'));
  await mkdir(model);
  const config = { architectures: ['LlamaForCausalLM'], model_type: 'llama', max_position_embeddings: 4_096 };
  await writeFile(join(model, 'config.json'), JSON.stringify(config));
  const study = `name: half\nmodel: ${model}\ndevices: none\n${SETTINGS}\nsweep: { backend: [vllm, sglang] }\n`;
  await writeFile(join(place.dir, 'study.yaml'), study);
  place.env['PATH'] = [bin, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
}

it('says of an engine that is missing what to install, and what is wrong with Docker', async () => {
  await halfInstalled();
  place.env['DOCKER_HOST'] = `unix://${join(place.dir, 'nobody.sock')}`;
  const { code, stderr } = await place.llem(['run', 'study.yaml']);
  expect(code).toBe(1);
  expect(stderr).toContain('sglang.executable: There is no executable "sglang" here.');
  expect(stderr.replace(/\s+/g, ' ')).toMatch(
    /what to do: Install it \(pip install sglang\), .* Docker would do too, and does not work here\. No Docker engine is at .*nobody\.sock/,
  );
  expect(stderr).not.toContain('There is no executable "vllm"');
}, 30_000);

it('moves all into containers where one is missing and Docker works, and says so once', async () => {
  await halfInstalled();
  const docker = createServer((request, response) => {
    const answers: Readonly<Record<string, object>> = {
      '/version': { Version: '27.0.0', ApiVersion: '1.46', Os: 'linux', Arch: 'amd64' },
      '/info': {
        Name: os.hostname(),
        KernelVersion: os.release(),
        DockerRootDir: place.dir,
        MemTotal: os.totalmem(),
      },
      '/containers/json': [],
    };
    const answer = answers[(request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*/, '')];
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { message: 'This engine has nothing else.' }));
  });
  const socket = join(place.dir, 'docker.sock');
  await new Promise<void>((resolve) => docker.listen(socket, resolve));
  onTestFinished(() => {
    docker.closeAllConnections();
    docker.close();
  });
  place.env['DOCKER_HOST'] = `unix://${socket}`;

  const why = 'detected: sglang is not installed here, and Docker works';
  const image = (name: string): unknown => expect.stringContaining(name);
  expect(await planned()).toEqual([
    ['docker', image('vllm/vllm-openai:'), why],
    ['docker', image('lmsysorg/sglang:'), why],
  ]);
  // Its images cannot be had, which is told after that.
  const { code, stderr } = await place.llem(['run', 'study.yaml']);
  expect(code).toBe(1);
  expect(stderr.match(/vllm and sglang run in containers: sglang is not installed here/g)).toHaveLength(1);
  expect(stderr).not.toContain('There is no executable');

  expect(await planned('--runner', 'vllm=local', '--runner', 'sglang=local')).toEqual([
    ['local', null, '--runner'],
    ['local', null, '--runner'],
  ]);
}, 30_000);
