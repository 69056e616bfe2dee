/**
 * Loaded into npm before it starts: how long it waits between two attempts where neither an .npmrc nor a variable says it. npm's
 * own defaults are ten seconds and more: where nobody answers, who waits for it hears nothing for a minute. They are changed where
 * npm has them, as a flag or a variable would win over an .npmrc.
 */
import { createRequire } from 'node:module';

const DEFAULTS_MS = { 'fetch-retry-mintimeout': 1_000, 'fetch-retry-maxtimeout': 5_000 };

/** An npm that has them elsewhere keeps its own. */
function setDefaults(program: string): void {
  let loaded: unknown;
  try {
    loaded = createRequire(program)('@npmcli/config/lib/definitions');
  } catch {
    return;
  }
  const definitions: unknown = isObject(loaded) ? Reflect.get(loaded, 'definitions') : null;
  for (const [name, value] of Object.entries(DEFAULTS_MS)) {
    const definition: unknown = isObject(definitions) ? Reflect.get(definitions, name) : null;
    if (isObject(definition)) Reflect.set(definition, 'default', value);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

const [, program] = process.argv;
if (program !== undefined) setDefaults(program);
