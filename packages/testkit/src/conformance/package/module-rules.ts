/** What a module of a plugin must be like when it is imported: by the command, and by worker threads of its own. */
import { isPluginModule } from '@llem/core';
import { demand, type Rule } from '../rule.js';
import { wordsOf } from '../settle.js';
import type { ModuleSubject } from './subject.js';

export const MODULE_RULES: readonly Rule<ModuleSubject>[] = [
  {
    id: 'module.imports',
    title: 'the module can be imported',
    check: ({ module, imported }) => {
      demand(
        'exports' in imported,
        `The module ${module} cannot be imported: ${'error' in imported ? wordsOf(imported.error) : ''}.`,
      );
      return Promise.resolve();
    },
  },
  {
    id: 'module.exports',
    title: 'the module exports `options` and `create`',
    leftOut: ({ imported }) => ('exports' in imported ? null : 'the module cannot be imported'),
    check: ({ module, imported }) => {
      demand(
        'exports' in imported && isPluginModule(imported.exports),
        `The module ${module} does not export \`options\` (with \`parse\` and \`jsonSchema\`) and \`create\`. Write: export const { options, create } = definePlugin(schema, factory).`,
      );
      return Promise.resolve();
    },
  },
  {
    id: 'module.thread',
    title: 'a worker thread can import the module by itself, and ends when it has nothing else to do',
    leftOut: ({ imported }) => ('exports' in imported ? null : 'the module cannot be imported'),
    check: ({ module, inThread: { end, error, output } }) => {
      demand(
        end !== 'lives',
        `The module ${module} keeps its thread alive after it was imported: a timer or a socket. Start nothing before \`create\`.`,
      );
      demand(end === 'done', `The module ${module} cannot be imported in a worker thread: ${error}.`);
      demand(
        output === '',
        `The module ${module} writes when it is imported: ${JSON.stringify(output.slice(0, 200))}. The output of llem is for programs too; write nothing.`,
      );
      return Promise.resolve();
    },
  },
];
