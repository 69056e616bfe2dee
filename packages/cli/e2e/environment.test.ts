/** A study that names environment variables: their values are used, and are nowhere but in the engine's own log. */
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { preflightSchema } from '@llem/results';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SHORT_STUDY, workplace, type Workplace } from './llem.js';

const ENGINE = fileURLToPath(new URL('../../testkit/bin/simulated-llama-server.mjs', import.meta.url));
const SECRET = 'hf_a-token-that-nobody-may-see';
const MODEL = 'llem/tiny-1m';

const STUDY = `${SHORT_STUDY.replace(MODEL, '${env:MODEL}')}llamacpp.extra.token: \${env:TOKEN}
execution.retries.max: 0
sweep: { llamacpp.executable: ["\${env:ENGINES}/serves", "\${env:ENGINES}/fails"] }
`;

// Matchers have the type any; as unknown they can stand in an expected value.
const including = (values: readonly unknown[]): unknown => expect.arrayContaining([...values]);

let place: Workplace;
let engines: string;
beforeAll(async () => {
  place = await workplace();
  engines = join(place.dir, 'engines-of-this-machine');
  await mkdir(engines);
  const said = '#!/bin/sh\necho "begun with $*"\n';
  await writeFile(join(engines, 'serves'), `${said}exec ${process.execPath} ${ENGINE} "$@"\n`);
  await writeFile(join(engines, 'fails'), `${said}exit 3\n`);
  for (const name of ['serves', 'fails']) await chmod(join(engines, name), 0o755);
  await writeFile(join(place.dir, 'study.yaml'), STUDY);
});
afterAll(() => place.remove());

const values = () => ({ MODEL, TOKEN: SECRET, ENGINES: engines });

/** The files of a folder, however deep, by path. */
async function filesIn(dir: string): Promise<Map<string, Buffer>> {
  const found = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path)] as const)));
}

it('is refused with the place of every variable that is not set, and planned as it is written', async () => {
  const refused = await place.llem(['plan', 'study.yaml']);
  expect(refused.code).toBe(2);
  for (const where of ['2:8: model: ', '7:23: llamacpp.extra.token: ', '9:32: ', '9:57: ']) {
    expect(refused.stderr).toContain(`study.yaml:${where}`);
  }
  expect(refused.stderr).toContain('the environment variable TOKEN is not set');

  Object.assign(place.env, values());
  const planned = await place.llem(['plan', 'study.yaml', '--json']);
  expect(planned.code).toBe(0);
  expect(planned.stdout).toContain('"token": "${env:TOKEN}"');
  expect(planned.stdout).not.toMatch(new RegExp([SECRET, MODEL, engines].join('|')));
}, 30_000);

it('runs with the values and stores and shows none, in records, failures and events; so does its resumption', async () => {
  Object.assign(place.env, values());
  const run = await place.llem(['run', 'study.yaml', '--json']);
  expect(run.code).toBe(3);
  const [name = ''] = await readdir(join(place.dir, 'results'));
  const dir = join(place.dir, 'results', name);
  const resumed = await place.llem(['resume', dir, '--failed', '--skip-preflight']);
  expect(resumed.code).toBe(3);

  await rm(join(engines, 'fails'));
  const stopped = await place.llem(['resume', dir, '--failed']);
  expect(stopped.code).toBe(1);

  const files = await filesIn(dir);
  const records = [...files]
    .filter(([path]) => basename(path) === 'record.json')
    .map(([, text]) => String(text));
  expect(records).toHaveLength(3);
  for (const record of records) expect(record).toContain('"token": "${env:TOKEN}"');
  const completed = records.find((record) => record.includes('"status": "completed"')) ?? '';
  expect(completed).toContain('"${env:ENGINES}/serves"');
  expect(completed).toContain('"name": "${env:MODEL}"');
  const { invocations } = preflightSchema.parse(JSON.parse(String(files.get(join(dir, 'preflight.json')))));
  expect(invocations).toMatchObject([
    { command: including(['run', 'study.yaml']), skipped: false },
    { command: including(['resume', '--failed']), skipped: true, findings: [] },
    { command: including(['resume', '--failed']), skipped: false },
  ]);
  expect(invocations[2]?.findings.find(({ status }) => status === 'failed')?.message).toBe(
    'There is no executable file "${env:ENGINES}/fails".',
  );
  const found = invocations[0]?.findings.filter(({ id }) => id === 'llamacpp.executable');
  expect(found?.map(({ message }) => message)).toEqual([
    '${env:ENGINES}/serves can be run.',
    '${env:ENGINES}/fails can be run.',
  ]);
  // The engine has had the values, and its log is its own.
  const logs = [...files].filter(([path]) => basename(path) === 'engine.log').map(([, text]) => String(text));
  for (const log of logs) expect(log).toContain(`--token ${SECRET}`);
  const failed = records.find((record) => record.includes('"status": "failed"')) ?? '';
  expect(failed).toMatch(/"logTail": \[\s*"begun with .*--token \$\{env:TOKEN\}/);

  for (const value of [SECRET, engines]) {
    for (const [path, content] of files) {
      if (basename(path) !== 'engine.log') expect([path, content.includes(value)]).toEqual([path, false]);
    }
    for (const { stdout, stderr } of [run, resumed, stopped])
      expect(`${stdout}${stderr}`).not.toContain(value);
  }

  delete place.env['TOKEN'];
  const unset = await place.llem(['resume', dir, '--failed']);
  expect(unset.code).toBe(2);
  expect(unset.stderr).toContain('the environment variable TOKEN is not set');
}, 60_000);
