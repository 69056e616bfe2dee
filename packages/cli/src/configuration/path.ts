/** Where the user's configuration file is looked for. */
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';

export interface ConfigurationPath {
  /** Absolute. */
  readonly path: string;
  /** True where LLEM_CONFIG names it. */
  readonly named: boolean;
}

/** Where the file is looked for: `LLEM_CONFIG`, else `config.yaml` in the folder that the platform has for this. */
export function configurationPath(env: NodeJS.ProcessEnv): ConfigurationPath {
  const named = env['LLEM_CONFIG'];
  if (named !== undefined && named !== '') return { path: resolve(named), named: true };
  return { path: join(envPaths('llem', { suffix: '' }).config, 'config.yaml'), named: false };
}
