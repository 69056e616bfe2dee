/** What a container is to be given of this machine. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerMount, ServiceFile, ServiceSpec } from '@llem/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { containerSpec, dockerOptions, FACTS, serviceSpec } from '../container/host.fixture.js';
import { mountsCheck } from './mounts.js';
import { specCheck } from './spec.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llem-mounts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const spec = (mounts: readonly ContainerMount[], files: readonly ServiceFile[] = []): ServiceSpec =>
  serviceSpec({ command: ['vllm'], container: containerSpec({ mounts }), files });
const mount = (source: string, more: Partial<ContainerMount> = {}): ContainerMount => ({
  source,
  target: `/in${source}`,
  readOnly: true,
  create: false,
  ...more,
});
const hostWith = (facts: object = {}) => ({ facts: () => Promise.resolve({ ...FACTS, ...facts }) });
const find = (specs: readonly ServiceSpec[], options: object = {}) =>
  mountsCheck(hostWith(), specs, dockerOptions(options), null).run(new AbortController().signal);

it('is fine where all of it is there', async () => {
  writeFileSync(join(folder, 'model'), '');
  const finding = await find([spec([mount(folder), mount(join(folder, 'model'))])]);
  expect(finding.status).toBe('ok');
  expect(finding.message).toContain('2 mounts');
});

it('fails for each that is missing, also one of the options', async () => {
  const finding = await find([spec([mount(join(folder, 'a'))])], {
    mounts: [{ source: join(folder, 'b'), target: '/b' }],
  });
  expect(finding.status).toBe('failed');
  expect(finding.message).toContain(join(folder, 'a'));
  expect(finding.message).toContain(join(folder, 'b'));
});

it('does not miss what llem will write', async () => {
  const path = join(folder, 'later', 'options.yaml');
  const file = { path, content: '' };
  expect((await find([spec([mount(path)], [file])])).status).toBe('ok');
  expect((await find([spec([mount(join(folder, 'later'))], [file])])).status).toBe('ok');
});

it('takes a folder that can be made, and does not make it', async () => {
  const source = join(folder, 'a', 'b');
  expect((await find([spec([mount(source, { create: true })])])).status).toBe('ok');
  expect((await find([spec([mount(source)])])).status).toBe('failed');
});

it('fails for a folder that cannot be made where a file is in its way', async () => {
  writeFileSync(join(folder, 'file'), '');
  const finding = await find([spec([mount(join(folder, 'file', 'a', 'b'), { create: true })])]);
  expect(finding.status).toBe('failed');
  expect(finding.message).toContain('cannot be made');
});

const isRoot = process.getuid?.() === 0;
it.skipIf(isRoot)(
  `is told of what this user may not read or make${isRoot ? ' (left out: root may)' : ''}`,
  async () => {
    mkdirSync(join(folder, 'closed'));
    chmodSync(join(folder, 'closed'), 0);
    expect((await find([spec([mount(join(folder, 'closed'))])])).status).toBe('warning');
    expect((await find([spec([mount(join(folder, 'closed', 'x'), { create: true })])])).status).toBe(
      'failed',
    );
  },
);

it('warns of files that root will own, and names the user that would', async () => {
  const specs = [spec([mount(folder, { create: true, readOnly: false }), mount(tmpdir())])];
  const found = async (options: object = {}, facts: object = {}, uid = 1000) =>
    mountsCheck(hostWith(facts), specs, dockerOptions(options), { uid, gid: 100 }).run(
      new AbortController().signal,
    );
  const { status, message, remedy } = await found();
  expect([status, remedy]).toEqual(['warning', "Set `user: '1000:100'` in the options of the runner."]);
  expect(message).toContain(`writes to ${folder} will belong to root`);
  expect((await found({ user: '1000' })).status).toBe('ok');
  expect((await found({}, { isRootless: true })).status).toBe('ok');
  expect((await found({}, {}, 0)).status).toBe('ok');
});

it('does not look at what an option takes the place of', async () => {
  const finding = await find([spec([mount(join(folder, 'gone'), { target: '/models' })])], {
    mounts: [{ source: folder, target: '/models' }],
  });
  expect(finding.status).toBe('ok');
});

it('fails where two have the same place, however it is written', async () => {
  const finding = await find([spec([mount(folder, { target: '/models' })])], {
    mounts: [{ source: folder, target: '/models/' }],
  });
  expect(finding.status).toBe('failed');
  expect(finding.message).toContain('/models.');
});

it('fails for a path that is not absolute', async () => {
  expect((await find([spec([])], { mounts: [{ source: 'models', target: '/m' }] })).message).toContain(
    'models is no absolute',
  );
});

it('is for engines that can run in a container', async () => {
  const look = (specs: readonly ServiceSpec[]) => specCheck(specs).run(new AbortController().signal);
  const outside = serviceSpec({ command: ['vllm'] });
  expect((await look([spec([])])).status).toBe('ok');
  expect((await look([spec([]), outside])).message).toContain('`vllm` cannot run in a container');
  const amd = serviceSpec({ container: containerSpec({ gpus: ['GPU-0123456789abcdef'] }) });
  expect((await look([amd])).message).toContain('GPU-0123456789abcdef is a GPU of AMD');
});
