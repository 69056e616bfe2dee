/** What a start gives, and what the service is given. */
import { isDeepStrictEqual } from 'node:util';
import { isLlemError, type FailureCause, type StartRequest } from '@llem/core';
import { z } from 'zod';
import { demand } from '../../rule.js';
import { inTime, wordsOf } from '../../settle.js';
import { demandPlain } from '../../package/plain.js';
import { ask } from '../life.js';
import { awaitReady, SOON_MS, type Lab } from '../lab.js';
import { rule, ruleOfStarting } from './rule.js';

/** What a shell, or a list of NAME=value, would change. */
const ODD = `a  b "c" 'd' $HOME \\ * = ; é\n`;
const ENVIRONMENT = { LLEM_CONFORMANCE_EMPTY: '', LLEM_CONFORMANCE_ODD: ODD };

const givenSchema = z.object({ env: z.record(z.string(), z.string()), odd: z.string() });

/** What the service says that it was given. */
async function given(lab: Lab) {
  const service = await lab.serve({ orders: { odd: ODD }, spec: { env: ENVIRONMENT } });
  const answer = await ask(`${service.endpoint.baseUrl}/given`);
  return givenSchema.parse(JSON.parse(answer?.body ?? ''));
}

/** One whose program is not there. */
async function withoutProgram(lab: Lab): Promise<StartRequest> {
  const request = await lab.request();
  const missing = 'llem-conformance-no-such-program';
  const { container } = request.spec;
  return {
    ...request,
    spec: container
      ? { ...request.spec, container: { ...container, entrypoint: [missing] } }
      : { ...request.spec, command: [missing] },
  };
}

/** Rejected; or, where a container has to run before anybody knows, the cause of its end. */
async function refusalOf(lab: Lab, request: StartRequest): Promise<Pick<FailureCause, 'message' | 'remedy'>> {
  try {
    const exit = await (await lab.start(request)).exited;
    return exit.cause ?? { message: `the exit ${JSON.stringify(exit)}, without a cause`, remedy: '' };
  } catch (error) {
    if (isLlemError(error) && error.code === 'LLEM_E_START') return error;
    return { message: `${wordsOf(error)}, which is no LLEM_E_START`, remedy: '' };
  }
}

export const startRules = [
  rule('runner.start.serves', 'starts a service that answers where its endpoint says', async (lab) => {
    const service = await lab.serve();
    const { baseUrl } = service.endpoint;
    demand(/^https?:\/\/./.test(baseUrl), `The address of its endpoint is "${baseUrl}".`);
    demand(!baseUrl.endsWith('/'), `The address of its endpoint ends with a slash: ${baseUrl}.`);
  }),

  rule('runner.start.facts', 'the facts of a service are JSON', async (lab) => {
    const { facts } = await lab.serve();
    demandPlain('`facts` of a service', facts);
  }),

  rule('runner.start.spec', 'leaves what it is given as it is', async (lab) => {
    const request = await lab.request();
    const before = structuredClone(request);
    await awaitReady(await lab.start(request), request.spec);
    demand(isDeepStrictEqual(request, before), 'It changed what it was given to start.');
  }),

  ruleOfStarting(
    'runner.start.environment',
    'hands on the variables of the spec, empty ones too',
    async (lab) => {
      const { env } = await given(lab);
      for (const [name, value] of Object.entries(ENVIRONMENT)) {
        demand(
          env[name] === value,
          `${name} was to be ${JSON.stringify(value)}, and is ${env[name] === undefined ? 'not set' : JSON.stringify(env[name])}.`,
        );
      }
    },
  ),

  ruleOfStarting('runner.start.arguments', 'hands on arguments as they are', async (lab) => {
    const { odd } = await given(lab);
    demand(odd === ODD, `An argument was ${JSON.stringify(ODD)}, and arrived as ${JSON.stringify(odd)}.`);
  }),

  ruleOfStarting('runner.start.missing', 'says what to do where the program is not there', async (lab) => {
    const what = 'The start of a program that is not there';
    const request = await withoutProgram(lab);
    const told = await inTime(what, SOON_MS, refusalOf(lab, request));
    demand(told.remedy !== '', `${what} is told with what to do, and was as: ${told.message}`);
    await lab.demandNothingLeft([], 'after the start of a program that is not there', SOON_MS);
  }),

  ruleOfStarting('runner.start.several', 'services side by side are independent', async (lab) => {
    const [one, two] = [await lab.serve(), await lab.serve()];
    await one.stop();
    demand(
      (await ask(`${two.endpoint.baseUrl}/health`))?.status === 200,
      'The stop of a service ended another one.',
    );
  }),
];
