/** Checks settings against schemas and says what is wrong, where, and what was probably meant. */
import {
  isLlemError,
  llemError,
  oneOf,
  type JsonObject,
  type OptionIssue,
  type OptionsSchema,
} from '@llem/core';
import { STUDY_KEYS } from './grammar.js';
import { quote, showPath, type Problems } from './problems.js';
import { descriptionAt } from './schema-walk.js';
import { hint, nearest } from './suggestions.js';
import { find, toUsed, type Located } from './tree.js';
import { asWritten } from './written.js';
import { kindsAt } from './variants.js';

export interface CheckOptions {
  /** Where the checked value stands in the study. */
  readonly path: readonly (string | number)[];
  /** Dotted paths of all settings, for a key that was written in the wrong section. */
  readonly settings: () => readonly string[];
  /** True for an issue that counts; without it all do. */
  readonly counts?: (issue: OptionIssue) => boolean;
}

/** The parsed value, or null when it is wrong, of which every issue that counts is then in `problems`. */
export function check<T>(
  schema: OptionsSchema<T>,
  node: Located,
  problems: Problems,
  options: CheckOptions,
): T | null {
  const result = parse(schema, node, options.path);
  if (result.ok) return asWritten(result.value, node, problems);
  for (const issue of result.issues) {
    const found = find(node, issue.path);
    if (options.counts && !options.counts(issue)) continue;
    const at = issue.kind === 'unknown-key' ? (found.keyAt ?? found.at) : found.at;
    problems.add(at, explain(issue, found.node, schema.jsonSchema, options));
  }
  return null;
}

/** Parses with a schema that may come from a plugin, which may break its word never to throw. */
function parse<T>(
  schema: OptionsSchema<T>,
  node: Located,
  path: CheckOptions['path'],
): ReturnType<typeof schema.parse> {
  try {
    return schema.parse(toUsed(node));
  } catch (cause) {
    // Where its module is guarded already it is named.
    if (isLlemError(cause)) throw cause;
    throw llemError('LLEM_E_PLUGIN_BROKEN', `The options of "${showPath(path)}" cannot be checked.`, {
      remedy: 'Update the plugin, or tell its author: `parse` reports issues and never throws.',
      cause,
    });
  }
}

function explain(
  issue: OptionIssue,
  node: Located | null,
  schema: JsonObject,
  options: CheckOptions,
): string {
  const path = [...options.path, ...issue.path];
  const subject = showPath(path);
  const kinds = kindsAt(schema, issue.path);
  switch (issue.kind) {
    case 'unknown-key':
      return explainUnknownKey(path, issue.knownKeys ?? [], options.settings);
    case 'missing':
      if (kinds.length > 0) return `${subject} is missing: expected ${oneOf(kinds)}`;
      return `${subject} is missing${withDescription(descriptionAt(schema, issue.path))}`;
    case 'null':
      return `${subject}: nothing is set here; give it a value or remove the key`;
    case 'rule':
      return `${subject}: ${issue.message}${node?.kind === 'scalar' ? given(node) : ''}`;
    case 'invalid':
      break;
  }
  if (node?.kind === 'list' && node.items.length > 0 && mayBeSwept(path)) {
    return `${subject}: ${issue.message}${given(node)}; several values to measure go under sweep`;
  }
  const meant = node?.kind === 'scalar' ? nearest(String(node.value), kinds) : null;
  return `${subject}: ${issue.message}${given(node)}${meant === null ? '' : `; did you mean "${meant}"?`}`;
}

/** ` (here "many")` */
function given(node: Located | null): string {
  switch (node?.kind) {
    case 'scalar':
      return node.used === undefined
        ? ` (here ${quote(node.value)})`
        : ` (here the text that ${quote(node.value)} gives)`;
    case 'list':
      return ' (here a list)';
    case 'map':
      return ' (here a mapping)';
    case undefined:
      return '';
  }
}

/** Whether a setting at a path belongs to the experiments; those of the study as a whole are not swept. */
function mayBeSwept([section]: CheckOptions['path']): boolean {
  return typeof section === 'string' && section !== 'name' && !STUDY_KEYS.includes(section);
}

function withDescription(description: string | null): string {
  return description === null ? '' : `. ${description}`;
}

/** What to say of a key that is not known where it stands. */
export function explainUnknownKey(
  path: readonly (string | number)[],
  known: readonly string[],
  settings: () => readonly string[],
): string {
  const key = String(path.at(-1));
  const above = path.slice(0, -1);
  const where = above.length === 0 ? '' : ` under ${showPath(above)}`;
  const [elsewhere, ...others] =
    nearest(key, known) === null
      ? settings().filter((setting) => setting.endsWith(`.${key}`) && setting !== path.join('.'))
      : [];
  // A name that several sections have, such as max, says nothing of which was meant.
  const isOne = elsewhere !== undefined && others.length === 0;
  const meant = isOne ? `; did you mean "${elsewhere}"?` : hint(key, known);
  return `unknown key ${quote(key)}${where}${meant}`;
}
