/** The settings in effect that are no study's own, each with the place it comes from. First hit wins. */
import { isLlemError } from '@llem/core';
import { NO_CONFIGURATION } from '@llem/study';
import { CONFIGURATION, ENVIRONMENT } from '../composition/root.js';
import type { Scope } from '../composition/scope.js';
import { withHome } from './file.js';

export interface Effective<T> {
  readonly value: T;
  /** For people: `--output`, `LLEM_OUTPUT`, a place in the configuration file, `default`. */
  readonly from: string;
}

/** The parent of the result directories: flag, environment, configuration, default. Throws LLEM_E_CONFIG. */
export function effectiveOutput(root: Scope, flag: string | undefined): Effective<string> {
  if (flag !== undefined) return { value: flag, from: '--output' };
  const fromEnvironment = root.get(ENVIRONMENT)['LLEM_OUTPUT'];
  if (fromEnvironment !== undefined && fromEnvironment !== '') {
    return { value: fromEnvironment, from: 'LLEM_OUTPUT' };
  }
  const { output, places } = root.get(CONFIGURATION);
  if (output === undefined) return { value: './results', from: 'default' };
  return { value: withHome(output), from: places['output'] ?? 'configuration' };
}

/** Whether to wait while another study measures: flag, configuration, default. Throws LLEM_E_CONFIG. */
export function effectiveWait(root: Scope, flag: boolean | undefined): Effective<boolean> {
  if (flag !== undefined) return { value: flag, from: flag ? '--wait' : '--no-wait' };
  const { wait, places } = root.get(CONFIGURATION);
  if (wait === undefined) return { value: false, from: 'default' };
  return { value: wait, from: places['wait'] ?? 'configuration' };
}

/** A scope in which the settings can be asked for: where the file cannot be used, as if there were none. */
export function withoutBrokenFile(root: Scope): { readonly root: Scope; readonly error: Error | null } {
  try {
    root.get(CONFIGURATION);
    return { root, error: null };
  } catch (error) {
    if (!isLlemError(error)) throw error;
    const without = root.child();
    without.provide(CONFIGURATION, () => NO_CONFIGURATION);
    return { root: without, error };
  }
}
