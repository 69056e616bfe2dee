import { expect, it } from 'vitest';
import { createPluginModules } from '../plugins/modules.js';
import { keptRunners } from './runners.js';

/** A runner whose target tells how many of its module have been made. */
const SOURCE = `
  let made = 0;
  const none = () => null;
  export const options = { jsonSchema: {}, parse: (value) => ({ ok: true, value }) };
  export const create = (_, { host }) => {
    const port = (made += 1);
    return { checks: () => [], start: none, target: async () => ({ host, port }) };
  };`;

it('makes a runner once for the same options, in whatever order they are written, and with the values of variables', async () => {
  const modules = createPluginModules(
    {
      provided: [
        {
          kind: 'runner',
          id: 'counted',
          package: 'counted',
          version: '1.0.0',
          source: 'core',
          moduleUrl: `data:text/javascript,${encodeURIComponent(SOURCE)}`,
        },
      ],
      problems: [],
      unknown: [],
    },
    { cacheDir: '/cache' },
  );
  await modules.load('runner', 'counted');
  const runner = keptRunners(modules, { HOST: 'here' });
  const target = (options: Record<string, string>) =>
    runner({ type: 'counted', options, why: '', from: '' }).target();
  expect(await target({ host: '${env:HOST}', image: 'a' })).toEqual({ host: 'here', port: 1 });
  expect(await target({ image: 'a', host: '${env:HOST}' })).toEqual({ host: 'here', port: 1 });
  expect(await target({ host: '${env:HOST}', image: 'b' })).toEqual({ host: 'here', port: 2 });
});
