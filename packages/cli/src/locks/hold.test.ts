import { once } from 'node:events';
import { createServer } from 'node:net';
import { randomUUID } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import { holdMachine, type HoldRequest } from './hold.js';
import type { Hold } from './machine.js';
import { addressOf } from './socket.js';

const SINCE = '2026-11-26T12:00:00.000Z';
const ONE = { gpus: ['gpu:GPU-1'], processor: 'beside' } as const;
const TWO = { gpus: ['gpu:GPU-2'], processor: 'beside' } as const;
const BOTH = { gpus: ['gpu:GPU-1', 'gpu:GPU-2'], processor: 'beside' } as const;
const PROCESSOR = { gpus: [], processor: 'alone' } as const;

// Matchers have the type any; as unknown they can stand in an expected value.
const containing = (text: string): unknown => expect.stringContaining(text);
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

let scope: string;
beforeEach(() => {
  // A machine of its own for each test.
  scope = randomUUID();
});

function request(study: string, claim: HoldRequest['claim'], more: Partial<HoldRequest> = {}): HoldRequest {
  return {
    claim,
    scope,
    holder: () => ({ pid: 4_711, user: 'jo', study, dir: `/results/${study}`, since: SINCE }),
    wait: false,
    notice: () => undefined,
    signal: new AbortController().signal,
    ...more,
  };
}

it.each([
  ['a GPU', ONE, ONE],
  ['one of its GPUs', ONE, BOTH],
  ['the processor', PROCESSOR, PROCESSOR],
  ['the processor, beside which GPUs would be measured', PROCESSOR, ONE],
  ['a place on the processor that another needs for itself', ONE, PROCESSOR],
])('refuses %s that somebody else measures, and says who', async (_, first, second) => {
  const hold = await holdMachine(request('first', first));
  await expect(holdMachine(request('second', second))).rejects.toMatchObject({
    code: 'LLEM_E_BUSY',
    message: matching(
      /is in use by study "first" \(pid 4711 of user jo, results in \/results\/first, since 2026-11-2\d /,
    ),
    remedy: containing('--wait'),
  });
  hold.release();
  (await holdMachine(request('second', second))).release();
});

it('lets studies on different GPUs run together, and warns the second', async () => {
  const said: string[] = [];
  const notice = (level: string, message: string) => void said.push(`${level}: ${message}`);
  const holds = [
    await holdMachine(request('first', ONE, { notice })),
    await holdMachine(request('second', TWO, { notice })),
  ];
  expect(said).toEqual([expect.stringMatching(/^warning: .*study "first".*is that of both\.$/)]);
  expect((await Promise.all(holds.map((hold) => hold.neighbours()))).map((all) => all[0]?.study)).toEqual([
    'second',
    'first',
  ]);
  for (const hold of holds) hold.release();
});

it('leaves nothing taken when a part is not free', async () => {
  const hold = await holdMachine(request('first', TWO));
  await expect(holdMachine(request('second', BOTH))).rejects.toMatchObject({ code: 'LLEM_E_BUSY' });
  (await holdMachine(request('third', ONE))).release();
  hold.release();
});

it('waits, says once for whom, and goes on when that one has ended', async () => {
  const first = await holdMachine(request('first', PROCESSOR));
  const said: string[] = [];
  const second = holdMachine(
    request('second', PROCESSOR, {
      wait: true,
      notice: (_, message) => {
        said.push(message);
        first.release();
      },
    }),
  );
  (await second).release();
  expect(said).toEqual([expect.stringMatching(/^Waiting: The processor is in use by study "first"/)]);
});

it('gives a machine to one of many at a time', async () => {
  let inside = 0;
  const holders: number[] = [];
  const one = async (_: unknown, index: number) => {
    const hold: Hold = await holdMachine(
      request(`study-${index}`, index % 2 ? BOTH : PROCESSOR, { wait: true }),
    );
    inside += 1;
    holders.push(inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
    hold.release();
  };
  await Promise.all(Array.from({ length: 8 }, one));
  expect(holders).toEqual(Array.from({ length: 8 }, () => 1));
});

it('stops waiting when it is told to', async () => {
  const hold = await holdMachine(request('first', PROCESSOR));
  const controller = new AbortController();
  const waiting = holdMachine(
    request('second', PROCESSOR, {
      wait: true,
      signal: controller.signal,
      notice: () => controller.abort(),
    }),
  );
  await expect(waiting).rejects.toThrow();
  hold.release();
});

it('does not believe a holder that is no llem', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).end('{"pid":"\\u001b[2J"}\n');
  });
  server.listen(addressOf(scope, 'gpu:GPU-1'));
  await once(server, 'listening');
  await expect(holdMachine(request('second', ONE))).rejects.toMatchObject({
    message: 'gpu:GPU-1 is in use by another llem, which does not say more.',
  });
  server.close();
});

it('makes addresses that every version of Node takes for the same', () => {
  expect(Buffer.byteLength(addressOf('a', 'b'))).toBe(108);
  expect(addressOf('a', 'b')).not.toBe(addressOf('ab', ''));
});
