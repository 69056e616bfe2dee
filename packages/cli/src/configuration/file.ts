/** The user's configuration file, from where it is looked for to what it says. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { llemError } from '@llem/core';
import { parseConfiguration, type Configuration } from '@llem/study';
import type { ConfigurationPath } from './path.js';
import { isAbsent, MOST_BYTES, readConfigurationText, type ConfigurationText } from './text.js';

/** Null where there is none; a file that LLEM_CONFIG names has to be there. Throws LLEM_E_CONFIG. */
export function readConfiguration({ path, named }: ConfigurationPath): Configuration | null {
  let read: ConfigurationText;
  try {
    read = readConfigurationText(path);
  } catch (cause) {
    if (isAbsent({ path, named }, cause)) return null;
    const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : null;
    throw unreadable(path, WHY[String(code)] ?? String(code), {
      remedy: named
        ? 'Set LLEM_CONFIG to a YAML file that you can read, or unset it.'
        : 'Make it a YAML file that you can read, or remove it.',
      cause,
    });
  }
  if (read.bytes > MOST_BYTES) {
    throw unreadable(path, `it has more than ${MOST_BYTES} bytes`, {
      remedy: 'See what got into it, or name the file that has your settings.',
    });
  }
  return parseConfiguration(read.text, path);
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'you have no permission to read it',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
};

function unreadable(path: string, why: string, details: { remedy: string; cause?: unknown }): Error {
  return llemError('LLEM_E_CONFIG', `The configuration file ${path} cannot be read: ${why}.`, details);
}

/** A path of the file, in which no shell writes the home folder out. */
export function withHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}
