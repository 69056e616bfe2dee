import { expect, it } from 'vitest';
import { explainUnknownCommand } from './unknown-command.js';

const COMMANDS = ['run', 'doctor', 'plugins', 'plugins:install', 'plugins:reset', 'results:list'];

it.each([
  ['rnu', 'There is no command "rnu".', 'Run `llem --help` to see the commands.'],
  ['plugins:instal:x', '`llem plugins` has no command "instal".', 'It has: install, reset;'],
  ['results:bogus', '`llem results` has no command "bogus".', 'It has: list;'],
  ['plugins:reset:x', '`llem plugins reset` takes no arguments.', '`llem plugins reset --help`'],
  ['doctor:http://x', '`llem doctor` takes no arguments.', '`llem doctor --help`'],
])('says of %s what is wrong and what there is', (written, message, remedy) => {
  const explained = explainUnknownCommand(written, COMMANDS);
  expect(explained.message).toBe(message);
  expect(explained.remedy).toContain(remedy);
});

it('knows the commands of this llem', () => {
  expect(explainUnknownCommand('plugins:bogus').remedy).toContain('install, link, reset');
});
