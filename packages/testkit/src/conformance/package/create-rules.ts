/** What `create` of a plugin must be like. */
import { existsSync } from 'node:fs';
import { isLlemError } from '@llem/core';
import { demand, type Rule } from '../rule.js';
import { deepFrozen } from './plain.js';
import { instanceOf, parsedOptions, type PluginSubject } from './subject.js';

/** Most that the quickest of several may take, in ms: what does no I/O takes less than one. */
const CHEAP_MS = 50;
const TRIES = 5;

export const CREATE_RULES: readonly Rule<PluginSubject>[] = [
  {
    id: 'create.instance',
    title: '`create` makes what the kind asks for, from resolved options, which it leaves as they are',
    check: (plugin) => {
      const resolved = deepFrozen(structuredClone(parsedOptions(plugin.module.options, plugin.options)));
      const context = deepFrozen({ ...plugin.context });
      instanceOf(plugin.kind, { ...plugin, context });
      plugin.module.create(context, resolved);
      return Promise.resolve();
    },
  },
  {
    id: 'create.refuses',
    title: '`create` refuses options that do not parse, with LLEM_E_USAGE',
    check: ({ module, context, options }) => {
      try {
        module.create(context, { ...options, an_option_that_nobody_has: 1 });
      } catch (error) {
        demand(
          isLlemError(error) && error.code === 'LLEM_E_USAGE',
          `\`create\` throws ${String(error)} for options that do not parse. Throw llemError('LLEM_E_USAGE', ...), as definePlugin does.`,
        );
        return Promise.resolve();
      }
      throw new Error('`create` takes an unknown option. Parse the options in it, as definePlugin does.');
    },
  },
  {
    id: 'create.cheap',
    title: '`create` is cheap and touches no file: it is called for every experiment that is planned',
    check: (plugin) => {
      const { module, options } = plugin;
      // Another one than where `prepare` may have been before.
      const context = { cacheDir: `${plugin.context.cacheDir}-untouched` };
      const resolved = parsedOptions(module.options, options);
      let leastMs = Infinity;
      for (let left = TRIES; left > 0; left -= 1) {
        const startMs = performance.now();
        module.create(context, resolved);
        leastMs = Math.min(leastMs, performance.now() - startMs);
      }
      demand(
        leastMs < CHEAP_MS,
        `\`create\` takes ${leastMs.toFixed(0)} ms. Leave what takes time to the method that needs it.`,
      );
      demand(
        !existsSync(context.cacheDir),
        '`create` makes the folder context.cacheDir. Leave files to `prepare`.',
      );
      return Promise.resolve();
    },
  },
];
