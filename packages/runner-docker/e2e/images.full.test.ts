/** Images of a real engine and a real registry: found, pulled, refused, damaged, slow, and behind a password. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { ContainerImage } from '@llem/core';
import {
  importImage,
  shellFiles,
  startDockerDaemon,
  startRegistry,
  type DockerDaemon,
  type Registry,
} from '@llem/testkit/docker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Environment } from '../src/engine/address.js';
import { createImages } from '../src/images/images.js';
import type { DockerOptions } from '../src/options.js';
import { causeIn, connectTo, environmentOf, never, refusedWithRegistry, titled } from './docker.fixture.js';

const refused = refusedWithRegistry();
const BIG_BYTES = 30_000_000;

/** Something that a test waits for. */
function occasion(): { came: Promise<void>; come(): void } {
  let come: () => void = () => undefined;
  const came = new Promise<void>((resolve) => {
    come = resolve;
  });
  return { came, come: () => come() };
}

describe.skipIf(refused !== null)(titled('images', refused), () => {
  /** Where images are made. */
  let maker: DockerDaemon;
  /** Where they are to be had. */
  let daemon: DockerDaemon;
  let registry: Registry;
  let folder = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'llem-images-'));
    [maker, daemon, registry] = await Promise.all([
      startDockerDaemon(),
      startDockerDaemon(),
      startRegistry(),
    ]);
    // Which no compression makes small.
    const big = join(folder, 'big');
    writeFileSync(big, randomBytes(BIG_BYTES));
    await importImage(maker, { name: 'small:1', files: shellFiles() });
    await importImage(maker, { name: 'big:1', files: { '/big': { copyOf: big } } });
  });
  afterAll(async () => {
    await maker.stop();
    await daemon.stop();
    await registry.stop();
    rmSync(folder, { recursive: true });
  });

  let name = '';
  let count = 0;
  beforeEach(() => {
    count += 1;
    name = `${registry.host}/team/engine:${count}`;
  });

  afterEach(async () => {
    // Else the next one would be here in part.
    const { docker } = await connectTo(daemon).engine();
    for (const { Id } of await docker.listImages()) await docker.getImage(Id).remove({ force: true });
  });

  const idOf = async (image: string): Promise<string> =>
    (await (await connectTo(maker).engine()).docker.getImage(image).inspect()).Id;
  const forget = async (image: string): Promise<void> => {
    const { docker } = await connectTo(daemon).engine();
    await docker.getImage(image).remove({ force: true });
  };
  const pushed = (from: string, to: string, by: Registry = registry) => by.push(maker, from, to);
  const imagesWith = async (pull: DockerOptions['pull'] = 'missing', more: Environment = {}, on = daemon) =>
    createImages(await connectTo(on).engine(), pull, environmentOf(on, more));
  const have = async (
    image: string,
    pull: DockerOptions['pull'] = 'missing',
    more: Environment = {},
    on = daemon,
  ): Promise<ContainerImage> => (await imagesWith(pull, more, on)).have(image, never(), () => undefined);

  describe('that are here', () => {
    it('are taken without a registry, by name or id, with no digest where no registry gave them', async () => {
      const id = await importImage(daemon, { name: 'small:1', files: shellFiles() });
      for (const pull of ['missing', 'never'] as const) {
        expect(await have('small:1', pull)).toEqual({ name: 'small:1', id, digest: null });
        expect(await have(id, pull)).toEqual({ name: id, id, digest: null });
      }
      expect((await have(id, 'always')).id).toBe(id);
    });

    it('are told with the digest of the repository that was asked for, not of another one', async () => {
      const other = name.replace('team', 'other');
      await pushed('small:1', name);
      await pushed('big:1', other);
      const { digest } = await have(name);
      expect(digest).toMatch(/^sha256:/);
      expect((await have(other)).digest).not.toBe(digest);
      const { docker } = await connectTo(daemon).engine();
      await docker.getImage(name).tag({ repo: 'elsewhere', tag: '1' });
      expect((await have('elsewhere:1')).digest).toBeNull();
      expect((await have(await idOf('small:1'))).digest).toBe(digest);
    });
  });

  describe('that are missing', () => {
    it('are pulled, with progress, and have the digest under which the registry gives them', async () => {
      await pushed('big:1', name);
      const told: string[] = [];
      const image = await (await imagesWith()).have(name, never(), (progress) => told.push(progress));
      expect(image).toEqual({ name, id: await idOf('big:1'), digest: image.digest });
      expect(told[0]).toMatch(new RegExp(`^Image ${name}: (\\d|unpacking)`));
      await forget(name);
      const pinned = `${name.replace(/:\d+$/, '')}@${image.digest ?? ''}`;
      expect(await have(pinned)).toEqual({ name: pinned, id: image.id, digest: image.digest });
    });

    it('are not pulled where that is not allowed', async () => {
      await pushed('small:1', name);
      expect(await causeIn(have(name, 'never'))).toMatchObject({ class: 'image-missing' });
      expect(await causeIn(have(`sha256:${'0'.repeat(64)}`))).toMatchObject({ class: 'image-missing' });
    });

    it('are pulled once for all who ask, of whom one may leave', async () => {
      await using slow = await startRegistry({ bytesPerS: 10_000_000 });
      const slowly = `${slow.host}/engine:1`;
      await pushed('big:1', slowly, slow);
      const images = await imagesWith();
      const controller = new AbortController();
      const began = occasion();
      const first = images.have(slowly, controller.signal, () => began.come());
      const second = images.have(slowly, never(), () => undefined);
      await began.came;
      controller.abort(new Error('enough'));
      await expect(first).rejects.toThrow('enough');
      expect((await second).id).toBe(await idOf('big:1'));
    });

    it('are asked for again after a failure', async () => {
      const images = await imagesWith();
      const ask = () => images.have(name, never(), () => undefined);
      expect((await causeIn(ask())).class).toBe('image-missing');
      await pushed('small:1', name);
      expect((await ask()).id).toBe(await idOf('small:1'));
    });

    it('are given up at once when nobody waits for them any more', async () => {
      await using slow = await startRegistry({ bytesPerS: 100_000 });
      const slowly = `${slow.host}/engine:1`;
      await pushed('big:1', slowly, slow);
      const controller = new AbortController();
      const images = await imagesWith();
      const began = occasion();
      const having = images.have(slowly, controller.signal, () => began.come());
      await began.came;
      controller.abort(new Error('enough'));
      await expect(having).rejects.toThrow('enough');
      // At 100 kB a second it would not be here for five minutes.
      expect((await causeIn(have(slowly, 'never'))).class).toBe('image-missing');
    });
  });

  describe('whose tag moves', () => {
    it('stay what they were for one runner, and are asked for again by the next, if it is to', async () => {
      await pushed('small:1', name);
      const images = await imagesWith('always');
      const ask = () => images.have(name, never(), () => undefined);
      const before = await ask();
      await pushed('big:1', name);
      expect(await ask()).toEqual(before);
      const after = await have(name, 'always');
      expect(after.id).toBe(await idOf('big:1'));
      expect(after.digest).not.toBe(before.digest);
    });
  });

  describe('that cannot be had', () => {
    it('because the registry has no such tag', async () => {
      await pushed('small:1', name);
      const cause = await causeIn(have(`${name}-gone`));
      expect(cause.class).toBe('image-missing');
      expect(cause.message).toContain(`${registry.host} has no image ${name}-gone`);
    });

    it('because the registry is away, also where an older one is here and a newer one is asked for', async () => {
      const gone = await startRegistry();
      const away = `${gone.host}/engine:1`;
      await pushed('small:1', away, gone);
      await have(away);
      await gone.stop();
      const cause = await causeIn(have(away, 'always'));
      expect(cause.class).toBe('registry-unreachable');
      expect(cause.message).toContain(`cannot reach ${gone.host}`);
      expect(cause.remedy).toContain('`pull: missing`');
      expect((await have(away, 'missing')).id).toBe(await idOf('small:1'));
      await forget(away);
      expect((await causeIn(have(away))).remedy).toContain('`pull: never`');
    });

    it('because nobody knows the registry', async () => {
      expect((await causeIn(have('registry.invalid/engine:1'))).class).toBe('registry-unreachable');
    });

    it.each(['changed', 'truncated'] as const)('because a layer is %s', async (how) => {
      await using damaged = await startRegistry();
      const broken = `${damaged.host}/engine:1`;
      await pushed('big:1', broken, damaged);
      damaged.damage(broken, how);
      const cause = await causeIn(have(broken));
      expect(cause.class).toBe('image-pull-failed');
      expect(cause.message).toContain('incomplete or damaged');
      expect(cause.remedy).toContain(`docker pull ${broken}`);
    });

    it('because the disk of the engine is full', async () => {
      const root = join(folder, 'tiny');
      mkdirSync(root);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', root]);
      try {
        await using tiny = await startDockerDaemon({ root });
        await pushed('big:1', name);
        const cause = await causeIn(have(name, 'missing', {}, tiny));
        expect(cause.class).toBe('no-space');
        expect(cause.message).toContain(tiny.host);
      } finally {
        execFileSync('umount', ['-R', root]);
      }
    });

    it('because the engine ends in the middle of it', async () => {
      await using slow = await startRegistry({ bytesPerS: 100_000 });
      await using other = await startDockerDaemon();
      await slow.push(maker, 'big:1', `${slow.host}/engine:1`);
      const images = await imagesWith('missing', {}, other);
      const began = occasion();
      const having = images.have(`${slow.host}/engine:1`, never(), () => began.come());
      await began.came;
      const cause = causeIn(having);
      await other.kill();
      expect((await cause).class).toBe('docker-gone');
    });
  });

  describe('that are removed after they were had', () => {
    it('are had again by their digest, though the name is that of another one by now', async () => {
      await pushed('small:1', name);
      const images = await imagesWith();
      const image = await images.have(name, never(), () => undefined);
      expect(await images.restore(image, never())).toBe(false);
      await forget(name);
      await pushed('big:1', name);
      expect(await images.restore(image, never())).toBe(true);
      expect((await have(image.id)).id).toBe(image.id);
    });

    it('and come from no registry, or may not be pulled, are missing', async () => {
      await pushed('small:1', name);
      await have(name);
      await importImage(daemon, { name: 'own:1', files: shellFiles(), env: { A: 'b' } });
      for (const [own, remedy] of [
        ['own:1', '`docker load`'],
        [name, `\`docker pull ${name.replace(/:\d+$/, '@sha256:')}`],
      ] as const) {
        const images = await imagesWith('never');
        const image = await images.have(own, never(), () => undefined);
        await forget(own);
        const cause = await causeIn(images.restore(image, never()));
        expect(cause.class).toBe('image-missing');
        expect(cause.message).toContain('was removed during the study');
        expect(cause.remedy).toContain(remedy);
      }
    });
  });

  describe('behind a password', () => {
    const auth = { user: 'me', password: 'pass:word' };
    let closed: Registry;
    let secret = '';
    beforeAll(async () => {
      closed = await startRegistry({ auth });
      secret = `${closed.host}/engine:1`;
      await closed.push(maker, 'small:1', secret);
    });
    afterAll(() => closed.stop());

    const settings = (content: object): Environment => {
      const config = mkdtempSync(join(folder, 'config-'));
      writeFileSync(join(config, 'config.json'), JSON.stringify(content));
      return { DOCKER_CONFIG: config, PATH: `${config}${delimiter}${process.env['PATH'] ?? ''}` };
    };
    const helperThat = (script: string): Environment => {
      const env = settings({ credHelpers: { [closed.host]: 'test' } });
      const path = join(env['DOCKER_CONFIG'] ?? '', 'docker-credential-test');
      writeFileSync(path, `#!/bin/sh\n${script}\n`);
      chmodSync(path, 0o755);
      return env;
    };

    it('are denied without it, with the command that logs in', async () => {
      const cause = await causeIn(have(secret));
      expect(cause.class).toBe('image-pull-denied');
      expect(cause.remedy).toContain(`\`docker login ${closed.host}\``);
    });

    it('are had with what `docker login` left', async () => {
      const login = Buffer.from(`${auth.user}:${auth.password}`).toString('base64');
      expect(
        (await have(secret, 'missing', settings({ auths: { [closed.host]: { auth: login } } }))).name,
      ).toBe(secret);
    });

    it('are had with what a helper keeps', async () => {
      const answer = JSON.stringify({ Username: auth.user, Secret: auth.password });
      expect((await have(secret, 'missing', helperThat(`echo '${answer}'`))).name).toBe(secret);
    });

    it('are denied with a wrong one, of which nothing is told', async () => {
      const login = Buffer.from('me:hunter2').toString('base64');
      const cause = await causeIn(
        have(secret, 'missing', settings({ auths: { [closed.host]: { auth: login } } })),
      );
      expect(cause.class).toBe('image-pull-denied');
      expect(JSON.stringify(cause)).not.toMatch(/hunter2|bWU6/);
    });

    it('are denied where a helper fails, which is named', async () => {
      const cause = await causeIn(have(secret, 'missing', helperThat('echo hunter2; exit 1')));
      expect(cause.message).toContain(
        'docker-credential-test, which keeps the credentials of Docker, failed',
      );
      expect(JSON.stringify(cause)).not.toContain('hunter2');
    });
  });
});
