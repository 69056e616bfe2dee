/**
 * The text of the user's configuration file, and what can be told from it before it is parsed: to load what parses it takes longer
 * than all else that a list of plugins does.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { ConfigurationPath } from './path.js';

/** Largest file that is read, in bytes: a configuration has a dozen lines. */
export const MOST_BYTES = 1_048_576;

export interface ConfigurationText {
  readonly text: string;
  /** More than MOST_BYTES where the file is larger, of which the rest is not read. */
  readonly bytes: number;
}

/** Throws what the file system throws, and a TypeError for what is not UTF-8. */
export function readConfigurationText(path: string): ConfigurationText {
  const start = readStart(path);
  return { text: new TextDecoder('utf-8', { fatal: true }).decode(start), bytes: start.length };
}

/** At most one byte more than is allowed: a pipe or a device is read like a file, and may have no end. */
function readStart(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(MOST_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(file, buffer, length, buffer.length - length, null);
    }
    return buffer.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

/** Whether reading failed because there is no file, where there need not be one. */
export function isAbsent({ named }: ConfigurationPath, error: unknown): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : null;
  return !named && (code === 'ENOENT' || code === 'ENOTDIR');
}

/** False where the file says nothing of plugins, be the rest of it right or wrong; true where it may, or cannot be read. */
export function mayListPlugins(path: ConfigurationPath): boolean {
  try {
    const { text, bytes } = readConfigurationText(path.path);
    // With a backslash YAML writes any letter in another way.
    return bytes > MOST_BYTES || /plugins|\\/.test(text);
  } catch (error) {
    return !isAbsent(path, error);
  }
}
