/** Which plugin is asked for, checked: its kind, its id, its package and its folder. */
import { faultOfPluginId, llemError, PLUGIN_KINDS, type PluginKind } from '@llem/core';
import { PROJECT_PLUGINS } from './project-plugins.js';

export interface PluginRequest {
  readonly kind: PluginKind;
  /** What a study calls it. */
  readonly id: string;
  readonly packageName: string;
  /** Where it is written, relative to where the command runs or to the workspace. */
  readonly folder: string;
}

const COMMAND = 'npx @llem/create-plugin';
export const USAGE = `${COMMAND} <kind> <id> [--dir FOLDER] [--name PACKAGE]`;
const WORKSPACE_COMMAND = 'npx nx g @llem/tools:plugin';

/** What npm takes for a new package; a scope may stand before it. */
const PACKAGE_NAME = /^(@[a-z0-9-][a-z0-9._-]*\/)?[a-z0-9-][a-z0-9._-]*$/;
const MOST_NAME_LENGTH = 214;

/** Of a plugin for others to install, as its author asks for it on the command line. Throws LLEM_E_USAGE. */
export function requestOf(
  words: readonly string[],
  { dir, name }: { readonly dir?: string | undefined; readonly name?: string | undefined },
): PluginRequest {
  const { kind, id } = kindAndId(words, COMMAND);
  const packageName = name ?? `llem-${kind}-${id}`;
  if (!PACKAGE_NAME.test(packageName) || packageName.length > MOST_NAME_LENGTH) {
    throw usage(
      `"${packageName}" is no name of a package.`,
      'Write it in lower case, such as --name llem-backend-my-engine or --name @my-scope/backend-my-engine.',
    );
  }
  const folder = dir ?? `llem-${kind}-${id}`;
  if (folder.trim() === '') throw usage('--dir names no folder.', `Name one, or leave it out.`);
  return { kind, id, packageName, folder };
}

/** Of a plugin of this repository. Throws LLEM_E_USAGE. */
export function workspaceRequestOf(words: readonly string[]): PluginRequest {
  const { kind, id } = kindAndId(words, WORKSPACE_COMMAND);
  const name = `${WORKSPACE_PREFIX[kind]}-${id}`;
  return { kind, id, packageName: `@llem/${name}`, folder: `packages/${name}` };
}

const WORKSPACE_PREFIX: Readonly<Record<PluginKind, string>> = {
  backend: 'backend',
  runner: 'runner',
  meter: 'energy',
  dataset: 'dataset',
};

function kindAndId(
  words: readonly string[],
  command: string,
): { readonly kind: PluginKind; readonly id: string } {
  const [first, id, ...more] = words;
  const kinds = PLUGIN_KINDS.join(', ');
  const example = `${command} backend my-engine`;
  if (first === undefined) {
    throw usage(
      'It is not said what is to be made.',
      `Type \`${example}\`; the kinds are ${kinds}, and the id is what a study will call it.`,
    );
  }
  const kind = PLUGIN_KINDS.find((known) => known === first);
  if (kind === undefined) {
    throw usage(`"${first}" is no kind of plugin.`, `Use one of ${kinds}: \`${example}\`.`);
  }
  if (id === undefined) {
    throw usage(
      `The ${kind} has no id.`,
      `Say what a study will call it: \`${command} ${kind} my-${kind}\`.`,
    );
  }
  if (more.length > 0) {
    throw usage(
      `There is more than a kind and an id: "${more.join(' ')}".`,
      `Type \`${command} ${kind} ${id}\`.`,
    );
  }
  const fault = faultOfPluginId(kind, id);
  if (fault !== null) {
    throw usage(`"${id}" cannot be the id of a ${kind}: ${fault}.`, `Use another one, such as my-${kind}.`);
  }
  const owner = Object.entries(PROJECT_PLUGINS[kind]).find(([known]) => known === id)?.[1];
  if (owner !== undefined) {
    throw usage(
      `"${id}" cannot be the id of a ${kind}: it is that of ${owner}, and of two that have one id llem uses one.`,
      `Use another one, such as my-${id}.`,
    );
  }
  return { kind, id };
}

const usage = (message: string, remedy: string) => llemError('LLEM_E_USAGE', message, { remedy });
