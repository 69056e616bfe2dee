/** What the options of a plugin must be like: documented, total, and refused with a reason. */
import { isDeepStrictEqual } from 'node:util';
import { isJsonObject } from '@llem/core';
import { demand, type Rule } from '../rule.js';
import { hasNamedKeysAlone, namedOptions, possibleValues, withValue } from './option-schema.js';
import { deepFrozen, demandPlain, demandSame, shortened } from './plain.js';
import { parsedOptions, type PluginSubject } from './subject.js';

const UNKNOWN_KEY = 'an_option_that_nobody_has';

export const OPTION_RULES: readonly Rule<PluginSubject>[] = [
  {
    id: 'options.documented',
    title: 'every option has a description, at every depth',
    check: ({ module }) => {
      const bare = namedOptions(module.options.jsonSchema).filter(
        ({ schema: { description } }) => typeof description !== 'string' || description.trim() === '',
      );
      const names = [...new Set(bare.map(({ path }) => path.join('.')))];
      demand(
        names.length === 0,
        `Without a description: ${names.join(', ')}. Say what each does, in which unit, with .describe('...').`,
      );
      return Promise.resolve();
    },
  },
  {
    id: 'options.schema',
    title: 'the JSON Schema of the options is plain data and describes a mapping',
    check: ({ module }) => {
      demandPlain('`options.jsonSchema`', module.options.jsonSchema);
      const { type, anyOf, oneOf, allOf } = module.options.jsonSchema;
      demand(
        type === 'object' || [anyOf, oneOf, allOf].some(Array.isArray),
        `The JSON Schema of the options is of type ${shortened(type)}. Options are a section of a study: a mapping, such as z.strictObject({ ... }).`,
      );
      return Promise.resolve();
    },
  },
  {
    id: 'options.resolved',
    title: 'options are resolved into plain data, which does not change when it is resolved again',
    check: ({ module, options }) => {
      const once = parsedOptions(module.options, deepFrozen(structuredClone(options)));
      demandPlain('What `options.parse` gives', once);
      const again = parsedOptions(module.options, deepFrozen(structuredClone(once)));
      demand(
        isDeepStrictEqual(again, once),
        `Options that were resolved become others when they are resolved again: ${shortened(once)}, then ${shortened(again)}. What comes out must go in unchanged.`,
      );
      return Promise.resolve();
    },
  },
  {
    id: 'options.unknown-keys',
    title: 'an option that is not known is refused and named, at every depth',
    check: ({ module, options }) => {
      const { jsonSchema } = module.options;
      const resolved = parsedOptions(module.options, options);
      const inner = namedOptions(jsonSchema)
        .filter(
          ({ path, isInEntry, schema }) =>
            !isInEntry && hasNamedKeysAlone(schema) && isMappingAt(resolved, path),
        )
        .map(({ path }) => path);
      for (const path of [[], ...inner]) {
        const where = [...path, UNKNOWN_KEY];
        const result = module.options.parse(withValue(resolved, where, 1));
        const isNamed =
          !result.ok &&
          result.issues.some(
            (issue) => issue.kind === 'unknown-key' && issue.path.join('.') === where.join('.'),
          );
        demand(
          isNamed,
          `The unknown option ${where.join('.')} is ${result.ok ? 'taken' : 'refused without its name'}. A misspelt option must not be ignored: use z.strictObject.`,
        );
      }
      return Promise.resolve();
    },
  },
  {
    id: 'options.total',
    title:
      'whatever stands in a study, options are taken or refused with what was expected, and nothing is thrown',
    check: ({ module, options: given }) => {
      // Copied and frozen once: what is put together of them is shared by thousands of inputs.
      const options = deepFrozen(structuredClone(given));
      const jsonSchema = deepFrozen(structuredClone(module.options.jsonSchema));
      const named = namedOptions(jsonSchema).filter(({ isInEntry }) => !isInEntry);
      const inputs = [
        undefined,
        ...possibleValues({}),
        ...named.flatMap(({ path, schema }) =>
          possibleValues(schema).map((value) => withValue(options, path, value)),
        ),
      ];
      for (const input of inputs) demandReading(module.options, deepFrozen(input));
      return Promise.resolve();
    },
  },
];

/** `input` is frozen. */
function demandReading(options: PluginSubject['module']['options'], input: unknown): void {
  const told = () => `\`options.parse(${shortened(input)})\``;
  const read = () => {
    try {
      return options.parse(input);
    } catch (error) {
      throw new Error(`${told()} throws: ${String(error)}. Return { ok: false, issues } instead.`, {
        cause: error,
      });
    }
  };
  const result = read();
  demandSame(told, result, read());
  demand(
    result.ok ||
      (result.issues.length > 0 &&
        result.issues.every(({ path, message }) => Array.isArray(path) && message.trim() !== '')),
    () =>
      `${told()} refuses without saying what was expected: ${shortened(result)}. Give issues with path and message.`,
  );
}

function isMappingAt(value: unknown, path: readonly string[]): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return isJsonObject(value);
  return isJsonObject(value) && isMappingAt(value[key], rest);
}
