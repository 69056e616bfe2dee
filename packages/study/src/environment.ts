/**
 * `${env:NAME}` in settings: the value of an environment variable, put in where a setting is used and nowhere else. What is
 * hashed, stored and shown keeps it as it is written. `$${env:NAME}` is the text `${env:NAME}` itself.
 */
import { isJsonObject, llemError, type JsonObject, type JsonValue } from '@llem/core';

/** Variables and their values, such as `process.env`. An empty value is one. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What every reference begins with, a faulty one too. */
const OPENING = '${env:';
const REFERENCE = /(\$?)\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Whether a text has a reference in it, an escaped one or a faulty one included. */
export function mentionsEnvironment(text: string): boolean {
  return text.includes(OPENING);
}

/** What is wrong with the references of a text; null when nothing is. */
export function faultOfReferences(text: string): string | null {
  return mentionsEnvironment(text.replace(REFERENCE, ''))
    ? 'an environment variable is written ${env:NAME}, its name of letters, digits and "_"; nothing else stands between the braces'
    : null;
}

/** The variables that a text names, each once. */
export function variablesOf(text: string): string[] {
  if (!mentionsEnvironment(text)) return [];
  const named = [...text.matchAll(REFERENCE)].flatMap(([, escape, name = '']) =>
    escape === '' ? [name] : [],
  );
  return [...new Set(named)];
}

/** Every variable that the texts of plain data name, each once. Keys are plain text. */
export function variablesIn(value: unknown): string[] {
  return [...new Set(textsIn(value).flatMap(variablesOf))];
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values<unknown>({ ...value }).flatMap(textsIn);
}

/** The value of a variable; undefined where it is not set. */
export function valueOf(name: string, environment: Environment): string | undefined {
  return Object.hasOwn(environment, name) ? environment[name] : undefined;
}

/** The text at use. Throws LLEM_E_USAGE for a variable that is not set. */
export function resolveText(text: string, environment: Environment): string {
  if (!mentionsEnvironment(text)) return text;
  return text.replace(REFERENCE, (reference, escape: string, name: string) => {
    if (escape !== '') return reference.slice(1);
    const value = valueOf(name, environment);
    if (value !== undefined) return value;
    throw llemError('LLEM_E_USAGE', `The environment variable ${name} is not set.`, {
      remedy: `Set it, or write its value in place of ${reference}.`,
    });
  });
}

/** A value with its texts as they are at use. Throws LLEM_E_USAGE for a variable that is not set. */
export function resolveReferences(value: JsonObject, environment: Environment): JsonObject;
export function resolveReferences(value: JsonValue, environment: Environment): JsonValue;
export function resolveReferences(value: JsonValue, environment: Environment): JsonValue {
  if (typeof value === 'string') return resolveText(value, environment);
  if (isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, resolveReferences(inner, environment)]),
    );
  }
  return typeof value === 'object' && value !== null
    ? value.map((item) => resolveReferences(item, environment))
    : value;
}
