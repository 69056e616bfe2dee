/** What may stand where in a study: core's sections, the section of every backend, base, sweep, groups and experiments. */
import {
  defineOptions,
  experimentSettingsSchema,
  isJsonObject,
  studySettingsSchema,
  type ExperimentSettings,
  type JsonObject,
  type OptionsSchema,
  type StudySettings,
} from '@llem/core';
import type { StudyCatalog } from './catalog.js';
import { alternatives, properties } from './schema-walk.js';

/** Settings of the study as a whole; none may be swept. */
export const STUDY_SETTINGS: OptionsSchema<StudySettings> = defineOptions(studySettingsSchema);

/** Settings of an experiment that belong to no engine. */
export const EXPERIMENT_SETTINGS: OptionsSchema<ExperimentSettings> = defineOptions(experimentSettingsSchema);

export const STUDY_KEYS: readonly string[] = Object.keys(properties(STUDY_SETTINGS.jsonSchema));
export const EXPERIMENT_KEYS: readonly string[] = Object.keys(properties(EXPERIMENT_SETTINGS.jsonSchema));

export interface Grammar {
  readonly catalog: StudyCatalog;
  /** Every key of a study file. */
  readonly keys: readonly string[];
  /** Finds the way of dotted keys from the root of a study file. */
  readonly studyPaths: JsonObject;
  /** The same from wherever the settings of one experiment stand: an entry of `experiments`, a sweep. */
  readonly experimentPaths: JsonObject;
  /** Dotted path of every setting that the schemas name; gathered when something is wrong. */
  readonly settings: () => readonly string[];
}

/** The names of groups are the user's own, and a dot in one would be a part of it. */
const GROUPS: JsonObject = { type: 'object', additionalProperties: { type: 'array' } };

export function grammarOf(catalog: StudyCatalog): Grammar {
  const sections = Object.fromEntries([...catalog.backends].map(([id, schema]) => [id, schema.jsonSchema]));
  const experiment = { ...sections, ...properties(EXPERIMENT_SETTINGS.jsonSchema) };
  const study = { ...experiment, ...properties(STUDY_SETTINGS.jsonSchema) };
  const experimentPaths: JsonObject = { type: 'object', properties: experiment };
  let settings: readonly string[] | null = null;
  return {
    catalog,
    keys: [
      ...new Set([
        'name',
        ...EXPERIMENT_KEYS,
        ...Object.keys(sections),
        'base',
        'sweep',
        'groups',
        'experiments',
        ...STUDY_KEYS,
      ]),
    ],
    studyPaths: { type: 'object', properties: { ...study, sweep: experimentPaths, groups: GROUPS } },
    experimentPaths,
    settings: () => (settings ??= settingPaths({ type: 'object', properties: study })),
  };
}

/** Dotted path of every setting under a schema, sections and the settings of every kind included. */
export function settingPaths(schema: JsonObject, above = ''): string[] {
  const paths = alternatives(schema).flatMap((each) =>
    Object.entries(properties(each)).flatMap(([key, inner]) => {
      const path = above === '' ? key : `${above}.${key}`;
      return isJsonObject(inner) ? [path, ...settingPaths(inner, path)] : [path];
    }),
  );
  return [...new Set(paths)];
}
