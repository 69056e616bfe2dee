/** What becomes of a service when llem itself is killed: it ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { StartRequest } from '@llem/core';
import { z } from 'zod';
import { demand } from '../../rule.js';
import { inTime } from '../../settle.js';
import { awaitReady, inLab, SOON_MS, type Lab } from '../lab.js';
import type { RunnerSubject } from '../subject.js';
import type { RunnerRule } from './rule.js';

/** A small llem: imports the runner, starts a service, says where it is, and waits. */
const OWNER = `
const [moduleUrl, context, options, request] = process.argv.slice(1).map((text) => JSON.parse(text));
const { create } = await import(moduleUrl);
const runner = create(context, options);
// A runner may need to have been asked before it starts.
await runner.target();
const { endpoint } = await runner.start(request, new AbortController().signal);
console.log(JSON.stringify({ endpoint }));
setInterval(() => undefined, 60_000);
`;

const startedSchema = z.object({ endpoint: z.object({ baseUrl: z.string() }) });

async function startOwner({ moduleUrl }: RunnerSubject, { context, options }: Lab, request: StartRequest) {
  const args = [moduleUrl, context, options, request].map((value) => JSON.stringify(value));
  const owner = spawn(process.execPath, ['--input-type=module', '-e', OWNER, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(owner, 'exit');
  const kill = async () => {
    owner.kill('SIGKILL');
    await ended;
  };
  try {
    const [line] = z
      .tuple([z.string()])
      .parse(
        await inTime(
          'A start in a process of its own',
          SOON_MS,
          Promise.race([
            once(createInterface(owner.stdout), 'line'),
            ended.then(() => Promise.reject(new Error('A process that starts a service with it ended.'))),
          ]),
        ),
      );
    return { ...startedSchema.parse(JSON.parse(line)), kill };
  } catch (error) {
    await kill();
    throw error;
  }
}

export const ownerRules: RunnerRule[] = [
  {
    id: 'runner.owner.killed',
    title: 'a service does not outlive the process that started it, however that ends',
    leftOut: ({ optionsFor }) => (optionsFor === null ? null : 'it starts nothing'),
    check: (subject) =>
      inLab(subject, async (lab) => {
        const request = await lab.request({ orders: { deaf: true, child: true } });
        const owner = await startOwner(subject, lab, request);
        try {
          const service = { ...owner, exited: new Promise<never>(() => undefined) };
          await awaitReady(service, request.spec);
          const lives = [await lab.life(service, 'service'), await lab.life(service, 'child')];
          demand(
            lives.every(({ isOver }) => !isOver()),
            'The service ended while the process that started it lived.',
          );
          await owner.kill();
          await lab.demandNothingLeft(lives, 'after the process that started it was killed', SOON_MS);
        } finally {
          await owner.kill();
        }
      }),
  },
];
