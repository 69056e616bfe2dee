/** The shape of the addon, the flags of the engine, and answers before the model is there. */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { missingFromAddon } from './addon.js';
import { failureLine, readFailureLine } from './failure.js';
import { engineFlags, parseEngineFlags, type EngineSettings } from './flags.js';
import { makeMetrics } from './metrics.js';
import { listen, makeServer } from './server.js';

test('an addon of another release is told by what it lacks', () => {
  class AddonSampler {
    applyConfig = undefined;
    dispose(): void {
      // Not called.
    }
  }
  const missing = missingFromAddon({ markLoaded: () => true, AddonSampler });
  expect(missing).toContain('loadBackends');
  expect(missing).toContain('AddonContext');
  expect(missing).toContain('AddonSampler.applyConfig');
  expect(missing).not.toContain('markLoaded');
  expect(missing).not.toContain('AddonSampler.dispose');
  expect(missingFromAddon(null)).not.toHaveLength(0);
});

const settings: EngineSettings = {
  model: '/a b=c.gguf',
  alias: 'a',
  host: '::1',
  port: 1,
  threads: null,
  sequences: 2,
  context: 256,
  batchSize: 512,
  flashAttention: 'auto',
  kvTypeK: 'f16',
  kvTypeV: 'q8_0',
  mmap: 0,
};

test('the flags of the engine are read back as they were written', () => {
  expect(parseEngineFlags(engineFlags(settings))).toEqual(settings);
  expect(parseEngineFlags(engineFlags({ ...settings, threads: 3 }))).toEqual({ ...settings, threads: 3 });
});

test.each([[['--bogus=1']], [['--model=a']], [engineFlags({ ...settings, sequences: 0 })], [['stray']]])(
  'wrong flags are an error of their own: %j',
  (argv) => {
    expect(() => parseEngineFlags(argv)).toThrow(expect.objectContaining({ engineClass: 'bad-arguments' }));
  },
);

test('a failure is one line that can be read back', () => {
  const line = failureLine(new Error('first\n  second'));
  expect(readFailureLine(`noise\n${line}\nnoise`)).toEqual({
    engineClass: 'engine-error',
    message: 'first second',
  });
  expect(readFailureLine('nothing of the kind')).toBeNull();
});

test('a server without its model answers 503 to all that needs it', async () => {
  const { server } = makeServer('a', makeMetrics());
  await listen(server, '127.0.0.1', 0);
  const { port } = z.object({ port: z.number() }).parse(server.address());
  for (const path of ['/health', '/v1/models', '/metrics', '/props']) {
    expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(503);
  }
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
});
