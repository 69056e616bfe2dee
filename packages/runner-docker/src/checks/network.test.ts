/** What is said of the network that a study asks for. */
import { expect, it } from 'vitest';
import { FACTS } from '../container/host.fixture.js';
import { networkCheck } from './network.js';

const found = (change: object) =>
  networkCheck({ facts: () => Promise.resolve({ ...FACTS, ...change }) }, 'host').run(
    new AbortController().signal,
  );

it("the host's is there where the engine runs under this kernel", async () => {
  expect((await found({})).status).toBe('ok');
});

it("the host's is refused where it is another machine's", async () => {
  const { status, remedy } = await found({ isDesktop: true });
  expect([status, remedy]).toEqual(['failed', 'Set `network: auto` in the options of the runner.']);
});
