/** The user's configuration file: what holds for every study of one person on one machine. Pure: text in, settings out. */
import {
  defineOptions,
  gapsSchema,
  isJsonObject,
  metersSchema,
  runnerChoiceSchema,
  type JsonObject,
  type JsonValue,
  type RunnerChoice,
} from '@llem/core';
import { z } from 'zod';
import { unknownBackend } from './catalog.js';
import { settingPaths } from './grammar.js';
import { Problems, showPath } from './problems.js';
import { parseRunner } from './runner-choice.js';
import { leaves, mapToJson, toJson } from './tree.js';
import { unfold } from './unfold.js';
import { check } from './validation.js';
import { readYaml, type FileKind } from './yaml-source.js';

export const configurationSchema = z.strictObject({
  output: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Parent of the result directories, relative to where llem is started; ~/ is your home. Without it: ./results.',
    ),
  wait: z
    .boolean()
    .optional()
    .describe('Wait while another study measures on this machine. Without it that is an error.'),
  runners: z
    .record(z.string(), runnerChoiceSchema)
    .optional()
    .describe('The runner for each backend, as in a study.'),
  gaps: gapsSchema.optional(),
  meters: metersSchema.optional(),
  plugins: z
    .strictObject({
      allow: z
        .array(z.string().min(1))
        .optional()
        .describe(
          'Names of the packages that may be installed, linked and loaded as plugins; * stands for any part of a name without a slash. Those that come with llem always are. Without it: all.',
        ),
    })
    .optional(),
});

const OPTIONS = defineOptions(configurationSchema);

/** A checked configuration: plain data. */
export interface Configuration {
  readonly output?: string | undefined;
  readonly wait?: boolean | undefined;
  /** As written, without the defaults of the schema. */
  readonly gaps: JsonObject;
  /** As written; null where it says nothing. */
  readonly meters: JsonValue;
  readonly runners: Readonly<Record<string, RunnerChoice>>;
  /** `allow` is null where the file has no such list: all plugins are allowed. */
  readonly plugins: { readonly allow: readonly string[] | null };
  /** Where each setting stands, `config.yaml:3:1`, by its dotted path. */
  readonly places: Readonly<Record<string, string>>;
}

/** Settings of `execution` and `energy` for a study that does not say them. */
export interface StudyDefaults {
  /** Nested, without defaults of the schemas. */
  readonly settings: JsonObject;
  /** Where each comes from, by the dotted path that it has in a study. */
  readonly places: Readonly<Record<string, string>>;
}

export const NO_CONFIGURATION: Configuration = {
  runners: {},
  gaps: {},
  meters: null,
  plugins: { allow: null },
  places: {},
};

export const NO_DEFAULTS: StudyDefaults = { settings: {}, places: {} };

const CONFIGURATION_FILE: FileKind = {
  code: 'LLEM_E_CONFIG',
  noun: 'configuration',
  example: 'output: ~/studies',
  empty: null,
};

/** Where the settings of the file stand in a study that are defaults of it. */
const IN_STUDY: Readonly<Record<string, string>> = { gaps: 'execution.gaps', meters: 'energy.meters' };

/**
 * The configuration of a file's text. Whether its runners and meters are installed is left to whoever needs them.
 * Throws LLEM_E_CONFIG with every problem, each on a line of its own with line and column.
 */
export function parseConfiguration(text: string, path: string): Configuration {
  const read = readYaml(text, path, { kind: CONFIGURATION_FILE });
  const problems = new Problems(read.source, CONFIGURATION_FILE.code);
  const root = unfold(read.root, [OPTIONS.jsonSchema], problems);
  const checked = check(OPTIONS, root, problems, {
    path: [],
    settings: () => settingPaths(OPTIONS.jsonSchema),
    // What is wrong with a runner is said better below.
    counts: ({ path: [section, ...rest] }) => !(section === 'runners' && rest.length > 0),
  });
  const settings = leaves(root, ([section, ...rest]) => section === 'runners' && rest.length === 1);
  for (const { path: at, value } of settings) {
    if (at[0] !== 'runners' || at.length !== 2) continue;
    const runner = parseRunner(toJson(value));
    if (!runner.ok) problems.add(value.at, `${showPath(at)}: ${runner.message}`);
  }
  problems.throwIfAny();
  const { output, wait, runners = {}, plugins } = checked ?? {};
  const { gaps, meters = null } = mapToJson(root);
  const places = Object.fromEntries(
    settings.map(({ path: at, keyAt }) => [at.join('.'), read.source.describe(keyAt)]),
  );
  return {
    output,
    wait,
    runners,
    gaps: isJsonObject(gaps) ? gaps : {},
    meters,
    plugins: { allow: plugins?.allow ?? null },
    places,
  };
}

/** What of a configuration holds for a study. */
export function studyDefaults({ gaps, meters, places }: Configuration): StudyDefaults {
  const moved = Object.entries(places).flatMap(([path, place]): [string, string][] => {
    const [section = '', ...rest] = path.split('.');
    const inStudy = IN_STUDY[section];
    return inStudy === undefined ? [] : [[[inStudy, ...rest].join('.'), place]];
  });
  return {
    settings: { execution: { gaps }, ...(meters === null ? {} : { energy: { meters } }) },
    places: Object.fromEntries(moved),
  };
}

/**
 * Of the backends that a configuration names, those that nobody knows: probably mistyped. One that is merely not installed
 * here is none of them, since people take their configuration from machine to machine.
 */
export function unknownBackends({ runners, places }: Configuration, installed: readonly string[]): string[] {
  return Object.keys(runners).flatMap((id) => {
    const message = unknownBackend(id, installed);
    return message === null ? [] : [`${places[`runners.${id}`] ?? 'runners'}: ${message}`];
  });
}
