/** The logs of the simulated servers: what a failure is told in, and that what is always there comes last. */
import { expect, it } from 'vitest';
import { launchSimulated } from '../launch.js';
import type { DialectName } from './index.js';

async function logOf(name: DialectName, line: string) {
  const launched = await launchSimulated(name, line.split(' '));
  if (launched.kind === 'spoken') throw new Error(launched.stderr);
  return launched.server.log;
}

it.each([
  [
    'vllm',
    'serve org/gated',
    'Failed to load model - not enough GPU memory',
    'No available memory for the cache blocks',
    'Engine core initialization failed',
    'Application startup complete',
  ],
  [
    'sglang',
    'serve org/gated',
    'CUDA out of memory',
    'Not enough memory. Please try to increase --mem-fraction-static',
    'Received sigquit from a child process',
    'The server is fired up and ready to roll!',
  ],
  [
    'trtllm',
    'org/gated',
    'CUDA out of memory',
    'Executor creation failed due to insufficient GPU memory',
    'Executor worker died during initialization',
    'Application startup complete',
  ],
] as const)('of %s is in its own words', async (name, line, weights, cache, generic, ready) => {
  const { failed, portInUse, ready: readyLines } = await logOf(name, line);
  for (const [failure, phrase] of [
    ['out-of-memory', weights],
    ['out-of-kv-memory', cache],
  ] as const) {
    expect(failed[failure].join('\n')).toContain(phrase);
    expect(failed[failure].at(-1)).toContain(generic);
  }
  expect(failed['gated-model'].join('\n')).toContain(
    'Cannot access gated repo for url https://huggingface.co/org/gated/',
  );
  expect(portInUse('127.0.0.1', 8_000).join('\n')).toContain('Address already in use');
  expect(readyLines('http://127.0.0.1:8000', 8_000).join('\n')).toContain(ready);
});
