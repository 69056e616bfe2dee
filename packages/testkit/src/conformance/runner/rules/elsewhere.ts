/** A server that somebody else has started. */
import { isLlemError } from '@llem/core';
import { demand } from '../../rule.js';
import { inTime, rejection, wordsOf } from '../../settle.js';
import { ask } from '../life.js';
import { SOON_MS } from '../lab.js';
import { ruleOfUsing } from './rule.js';

export const elsewhereRules = [
  ruleOfUsing('runner.elsewhere.address', 'uses the server that its options name', async (lab) => {
    const { endpoint } = await lab.serve();
    const { port } = await lab.runner.target();
    const asked = new URL(lab.server?.baseUrl ?? '').port;
    demand(String(port) === asked, `The server listens at ${asked}, and the target is ${port}.`);
    demand(
      new URL(endpoint.baseUrl).port === asked,
      `The server listens at ${asked}, and the endpoint is ${endpoint.baseUrl}.`,
    );
  }),

  ruleOfUsing('runner.elsewhere.starts-nothing', 'runs no program', async (lab) => {
    const request = await lab.request();
    await lab.start(request);
    await lab.demandNothingStarted([request.spec], 'though it is to start none');
  }),

  ruleOfUsing(
    'runner.elsewhere.lives',
    'the server lives on, and its use ends when it is stopped, not before',
    async (lab) => {
      const service = await lab.serve();
      let isOver = false;
      void service.exited.then(() => {
        isOver = true;
      });
      const answers = async () => (await ask(`${lab.server?.baseUrl ?? ''}/health`))?.status === 200;
      demand(await answers(), 'The server does not answer any more.');
      demand(!isOver, '`exited` settled while the server was used.');
      await service.stop();
      await inTime('`exited` after stop()', SOON_MS, service.exited);
      demand(await answers(), 'stop() ended a server that somebody else has started.');
    },
  ),

  ruleOfUsing('runner.elsewhere.gone', 'says what to do where the server is not there', async (lab) => {
    const request = await lab.request();
    await lab.server?.close();
    const what = 'start() where no server is';
    const error = await inTime(what, SOON_MS, rejection(what, lab.start(request)));
    demand(
      isLlemError(error) && error.code === 'LLEM_E_START' && error.remedy !== '',
      `${what} rejects with LLEM_E_START and a remedy, and did with: ${wordsOf(error)}`,
    );
  }),
];
