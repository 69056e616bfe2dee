/** The settings in effect, each with the place it comes from. */
import { stat } from 'node:fs/promises';
import { resolveRunner } from '@llem/study';
import { CONFIGURATION, CONFIGURATION_PATH, CONTEXT, DISCOVERY, ENVIRONMENT } from '../composition/root.js';
import type { Scope } from '../composition/scope.js';
import type { UserConfiguration } from './file.js';

export interface Effective<T> {
  readonly value: T;
  /** For people: `--output`, `LLEM_OUTPUT`, the file's path, `default`. */
  readonly from: string;
}

/** Parent of the result directories. First hit wins: flag, environment, configuration file, default. */
export function effectiveOutput(input: {
  readonly flag: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly configuration: UserConfiguration;
  readonly configurationPath: string;
}): Effective<string> {
  const fromEnv = input.env['LLEM_OUTPUT'];
  if (input.flag !== undefined) return { value: input.flag, from: '--output' };
  if (fromEnv !== undefined && fromEnv !== '') return { value: fromEnv, from: 'LLEM_OUTPUT' };
  if (input.configuration.output !== undefined) {
    return { value: input.configuration.output, from: input.configurationPath };
  }
  return { value: './results', from: 'default' };
}

/** The parent of the result directories for a command. */
export function outputOf(root: Scope, flag: string | undefined): string {
  return effectiveOutput({
    flag,
    env: root.get(ENVIRONMENT),
    configuration: root.get(CONFIGURATION),
    configurationPath: root.get(CONFIGURATION_PATH),
  }).value;
}

/** A row of `llem config`. */
export interface SettingInEffect {
  readonly name: string;
  readonly value: string;
  readonly from: string;
}

/** Every setting that is not a study's own. Throws LLEM_E_USAGE for a runner that is none. */
export async function effectiveSettings(root: Scope): Promise<SettingInEffect[]> {
  const env = root.get(ENVIRONMENT);
  const path = root.get(CONFIGURATION_PATH);
  const configuration = root.get(CONFIGURATION);
  const output = effectiveOutput({ flag: undefined, env, configuration, configurationPath: path });
  const backends = root.get(DISCOVERY).provided.filter((one) => one.kind === 'backend');
  const there = await stat(path).then(
    () => true,
    () => false,
  );
  return [
    { name: 'output', ...output },
    ...backends.map(({ id }) => {
      const { type, options, why } = resolveRunner(
        { backend: id, runner: null },
        { flags: {}, env, study: {}, config: configuration.runners ?? {} },
      );
      const value = Object.keys(options).length === 0 ? type : JSON.stringify({ type, ...options });
      const places: Readonly<Record<string, string>> = {
        "the user's configuration": path,
        'nothing else said (default)': 'default',
      };
      const from = places[why] ?? why;
      return { name: `runners.${id}`, value, from };
    }),
    {
      name: 'configuration file',
      value: there ? path : `${path} (not there)`,
      from: env['LLEM_CONFIG'] ? 'LLEM_CONFIG' : 'default',
    },
    { name: 'cache', value: root.get(CONTEXT).cacheDir, from: 'default' },
  ];
}
