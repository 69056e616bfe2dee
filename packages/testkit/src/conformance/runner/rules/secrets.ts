/** Variables of a runner whose values nobody is to see. */
import { demand } from '../../rule.js';
import { SOON_MS, type Lab } from '../lab.js';
import { inTime } from '../../settle.js';
import { rule } from './rule.js';

const SECRET = 'a-secret-that-nobody-is-to-see';
const NAME = /^[A-Za-z_]\w*$/;

/** What is kept and shown of a service that was used and stopped. */
async function keptOf(lab: Lab): Promise<string> {
  const service = await lab.serve();
  const { endpoint, facts, image } = service;
  const exit = await inTime('stop()', SOON_MS, service.stop());
  return JSON.stringify({ endpoint, facts, image, exit }) + lab.log();
}

export const secretRules = [
  rule(
    'runner.secrets',
    'its secrets are names of environment variables, whose values are in nothing that is kept',
    async (lab) => {
      const names = lab.runner.secrets ?? [];
      for (const name of names)
        demand(
          typeof name === 'string' && NAME.test(name),
          `"${name}" in its secrets is no environment variable. Give the name of one, not its value: llem looks that up, and takes it out of what is stored.`,
        );
      const before = names.map((name) => [name, process.env[name]] as const);
      try {
        for (const name of names) process.env[name] = SECRET;
        demand(
          names.length === 0 || !(await keptOf(lab)).includes(SECRET),
          `The value of ${names.join(', ')} is in what is kept of a service: its endpoint, facts, image, exit or log. Name the variable there.`,
        );
      } finally {
        for (const [name, value] of before) {
          if (value === undefined) Reflect.deleteProperty(process.env, name);
          else process.env[name] = value;
        }
      }
    },
  ),
];
