/** Containers that nobody was left to remove: found by whom they belong to, removed where a person asks for it. */
import { once } from 'node:events';
import { join } from 'node:path';
import type { Check } from '@llem/core';
import { ownIdentity } from '@llem/localhost';
import { askDocker, whyNoDocker } from '@llem/testkit/docker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { labelsOf } from '../src/container/labels.js';
import { containersOf, DEAF, IMAGE, openLab, requestOf, runnerWith, type Lab } from './engine.fixture.js';
import { startLlem } from './llem.fixture.js';

const refused = whyNoDocker();
const facts = z.object({ name: z.string(), supervisorPid: z.int() });
const never = () => new AbortController().signal;
let lab: Lab;

function orphans(): Check {
  const check = runnerWith()
    .checks([])
    .find(({ id }) => id === 'docker.orphans');
  if (!check) throw new Error('The runner has no such check.');
  return check;
}

/** Starts a service and kills llem and its supervisor at once. Gives the name of the container. */
async function leaveBehind(): Promise<string> {
  const llem = await startLlem('never', { script: DEAF, logPath: join(lab.dir, 'engine.log') });
  const said: string = await new Promise((resolve) =>
    llem.stdout?.once('data', (data) => resolve(String(data))),
  );
  const { name, supervisorPid } = facts.parse(JSON.parse(said));
  process.kill(supervisorPid, 'SIGSTOP');
  llem.kill('SIGKILL');
  await once(llem, 'exit');
  process.kill(supervisorPid, 'SIGKILL');
  return name;
}

describe.skipIf(refused !== null)(`containers${refused === null ? '' : ` (left out: ${refused})`}`, () => {
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab.close());

  it('are none where nothing was left', async () => {
    expect((await orphans().run(never())).status).toBe('ok');
  });

  it('of an llem that was killed with its supervisor are named, and removed where that is asked for', async () => {
    const name = await leaveBehind();
    const found = await orphans().run(never());
    expect(found.status).toBe('warning');
    expect(found.message).toBe(`1 container of a llem that has ended is left over, 1 running: ${name}.`);
    expect(found.remedy).toContain(`docker rm -f -v ${name}`);
    expect(await containersOf(lab.daemon)).toEqual([name]);
    expect(await orphans().fix?.(never())).toBe(`1 container removed: ${name}.`);
    expect(await containersOf(lab.daemon)).toEqual([]);
    expect((await orphans().run(never())).status).toBe('ok');
  });

  it('of an llem that lives, of another machine, or of nobody are left alone', async () => {
    const runner = runnerWith();
    const service = await runner.start(
      await requestOf(runner, { script: DEAF, logPath: join(lab.dir, 'living.log') }),
      never(),
    );
    const elsewhere = { ...(await ownIdentity()), host: 'elsewhere', bootId: 'of elsewhere', pid: 1 };
    const marks = [
      labelsOf({ study: 's', runId: 'r', service: 'u', owner: elsewhere }),
      { 'llem.owner': 'who knows' },
      {},
    ];
    for (const Labels of marks) {
      const body = { Image: IMAGE, Cmd: ['true'], Labels };
      expect((await askDocker(lab.daemon.socketPath, 'POST', '/containers/create', { body })).status).toBe(
        201,
      );
    }
    expect((await orphans().run(never())).status).toBe('ok');
    expect(await orphans().fix?.(never())).toBe('0 containers removed.');
    expect(await containersOf(lab.daemon)).toHaveLength(4);
    await service.stop(0);
  });
});
