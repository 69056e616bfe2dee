/** Why a plugin cannot be used, with the place that names it. */
import { isLlemError, llemError } from '@llem/core';

/** `place` is where somebody named the plugin. What is no error of llem's stays as it is. */
export function fromPlace(place: string, error: unknown): unknown {
  if (!isLlemError(error)) return error;
  const { message, remedy } = error;
  const code = error.code === 'LLEM_E_PLUGIN_MISSING' ? error.code : 'LLEM_E_PLUGIN_BROKEN';
  return llemError(code, `${place}: ${message}`, { remedy, cause: error });
}
