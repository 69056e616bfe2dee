/** Names of containers where somebody else has one of them. */
import Docker from 'dockerode';
import { whyNoDocker } from '@llem/testkit/docker';
import { expect, it, onTestFinished } from 'vitest';
import { makeContainer } from '../src/container/make.js';
import { containersOf, IMAGE, openLab } from './engine.fixture.js';

it.skipIf(whyNoDocker() !== null)(
  'a name that is taken is replaced by the next one, up to the third',
  async () => {
    const lab = await openLab();
    onTestFinished(() => lab.close());
    const docker = new Docker({ socketPath: lab.daemon.socketPath });
    const make = (...names: string[]) =>
      makeContainer(docker, { Image: IMAGE }, () => names.shift() ?? 'none');
    expect((await make('llem-a')).name).toBe('llem-a');
    expect((await make('llem-a', 'llem-b')).name).toBe('llem-b');
    await expect(make('llem-a', 'llem-b', 'llem-a', 'llem-c')).rejects.toThrow(/name.*llem-a.* in use/);
    expect((await containersOf(lab.daemon)).sort()).toEqual(['llem-a', 'llem-b']);
  },
);
