/** Where services run, and where they listen. */
import { demand } from '../../rule.js';
import { whyNot } from '../lab.js';
import { rule, ruleOfStarting } from './rule.js';

const PLACES: readonly unknown[] = ['process', 'container', 'elsewhere'];

export const placeRules = [
  rule(
    'runner.place',
    'says where its services run: process, container or elsewhere',
    ({ runner, server }) => {
      demand(PLACES.includes(runner.place), `Its place is "${runner.place}".`);
      demand(
        (runner.place === 'elsewhere') === (server !== null),
        'The options of the test are a function of an address where the place is `elsewhere`, and there alone.',
      );
      return Promise.resolve();
    },
  ),

  rule('runner.target.address', 'its target is a host and a port', async ({ runner }) => {
    const { host, port } = await runner.target();
    demand(typeof host === 'string' && host !== '', 'Its target has no host.');
    demand(Number.isInteger(port) && port > 0 && port < 65_536, `Its target has the port ${port}.`);
  }),

  rule('runner.target.container', 'its target has a container where its place is one', async ({ runner }) => {
    const { container } = await runner.target();
    demand(
      (container !== undefined) === (runner.place === 'container'),
      `Its place is "${runner.place}", and its target has ${container === undefined ? 'no' : 'a'} container.`,
    );
  }),

  ruleOfStarting(
    'runner.target.free',
    'every target is a port of its own that is free',
    async ({ runner }) => {
      const [one, two] = [await runner.target(), await runner.target()];
      demand(one.port !== two.port, `Two targets have the port ${one.port}.`);
      for (const { host, port } of [one, two]) {
        const why = await whyNot(host, port);
        demand(why === null, `Its target is not to be listened on: ${why ?? ''}.`);
      }
    },
  ),
];
