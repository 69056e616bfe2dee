/** The configuration file as a check of `llem doctor`. */
import { failed, isLlemError, ok, type Check } from '@llem/core';
import { NO_CONFIGURATION, type Configuration } from '@llem/study';

/** `error` is what the file cannot be used for; null where it can, or where there is none. */
export function configurationCheck(path: string, configuration: Configuration, error: unknown): Check {
  const finding = () => {
    if (isLlemError(error)) return failed(error.message, error.remedy);
    return ok(configuration === NO_CONFIGURATION ? `There is none: ${path}` : path);
  };
  return {
    id: 'llem.configuration',
    title: 'Configuration file',
    run: () => Promise.resolve(finding()),
  };
}
