/** The list of allowed plugins in the configuration file. */
import { isLlemError } from '@llem/core';
import { NO_CONFIGURATION } from '@llem/study';
import { allowListOf, type AllowList } from '../plugins/allow-list.js';
import { readConfiguration } from './file.js';
import type { ConfigurationPath } from './path.js';
import { mayListPlugins } from './text.js';

/** Null where there is none; `unknown` where the file cannot be read and may have one. */
export function readAllowList(path: ConfigurationPath): AllowList | null | 'unknown' {
  if (!mayListPlugins(path)) return null;
  try {
    return allowListOf(readConfiguration(path) ?? NO_CONFIGURATION);
  } catch (error) {
    if (isLlemError(error)) return 'unknown';
    throw error;
  }
}
