/** Which study a command is about: read from a file, or gathered from flags. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { llemError, runnerChoiceSchema, type JsonObject, type JsonValue } from '@llem/core';
import type { StudyFile } from '@llem/study';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { StudySource } from '../composition/study.js';

export interface StudyInput {
  readonly file: string | undefined;
  readonly model: string | undefined;
  readonly backend: string | undefined;
  readonly set: readonly string[] | undefined;
}

/** Reads the study file, or gathers the settings of the flags. Throws LLEM_E_USAGE, LLEM_E_STUDY_FILE. */
export async function studySource(input: StudyInput): Promise<StudySource> {
  const { file, model, backend, set = [] } = input;
  const described = model !== undefined || backend !== undefined || set.length > 0;
  if (file !== undefined) {
    if (!described) return readStudyFile(file);
    throw llemError('LLEM_E_USAGE', `A study file (${file}) and settings in flags exclude each other.`, {
      remedy: 'Write the settings into the file, or leave the file out.',
    });
  }
  if (model === undefined || backend === undefined) {
    throw llemError(
      'LLEM_E_USAGE',
      'There is nothing to run: neither a study file nor --model and --backend.',
      {
        remedy:
          'Name a study file (`llem init` writes one), or say `--model llem/tiny-40m --backend llamacpp`.',
      },
    );
  }
  return { kind: 'settings', settings: { model, backend, ...parseSettings(set) } };
}

/** A study file; `-` is standard input. Throws LLEM_E_STUDY_FILE. */
export async function readStudyFile(file: string): Promise<StudySource> {
  const path = file === '-' ? 'standard input' : normalize(file);
  return { kind: 'file', path, text: await read(file), readBase };
}

async function read(file: string): Promise<string> {
  try {
    return file === '-' ? await textOf(process.stdin) : await readFile(file, 'utf8');
  } catch (cause) {
    throw llemError('LLEM_E_STUDY_FILE', `The study ${file} cannot be read: ${whyUnreadable(cause)}.`, {
      remedy: 'Name a YAML file that you can read; `llem init` writes one to start from.',
      cause,
    });
  }
}

/** The file that a study inherits from: named from the folder of the study, or absolutely. */
function readBase(base: string, from: string): StudyFile | string {
  const path = isAbsolute(base) ? normalize(base) : join(dirname(from), base);
  try {
    return { path, text: readFileSync(path, 'utf8') };
  } catch (error) {
    return `${path} cannot be read: ${whyUnreadable(error)}`;
  }
}

function whyUnreadable(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : null;
  if (code === 'ENOENT') return 'there is no such file';
  return code === 'EISDIR' ? 'it is a folder' : String(code);
}

/** `workload.concurrency=8` and the like; values are YAML, so that 8 is a number and [1, 2] a list. */
export function parseSettings(pairs: readonly string[]): JsonObject {
  const settings: Record<string, JsonValue> = {};
  for (const pair of pairs) {
    const { key, value } = splitPair(pair, '--set', 'workload.concurrency=8');
    if (Object.hasOwn(settings, key)) {
      throw llemError('LLEM_E_USAGE', `--set gives ${key} twice.`, { remedy: 'Give it once.' });
    }
    // A plain define, so that a key such as __proto__ stays a key and is refused where keys are checked.
    Object.defineProperty(settings, key, { value: yamlValue(key, value), enumerable: true });
  }
  return settings;
}

function yamlValue(key: string, text: string): JsonValue {
  const document = parseDocument(text, { logLevel: 'silent' });
  const value = document.errors.length === 0 ? z.json().safeParse(document.toJS()) : null;
  if (value?.success) return value.data;
  throw llemError('LLEM_E_USAGE', `--set ${key}: "${text}" is not a value.`, {
    remedy: 'Write a value as in a study file, such as 8, true, "text" or [a, b].',
  });
}

/** `llamacpp=local` and the like, by backend. Throws LLEM_E_USAGE. */
export function parseRunners(pairs: readonly string[]): Record<string, string> {
  const runners: Record<string, string> = {};
  for (const pair of pairs) {
    const { key, value } = splitPair(pair, '--runner', 'llamacpp=local');
    if (!runnerChoiceSchema.safeParse(value).success) {
      throw llemError('LLEM_E_USAGE', `--runner ${pair}: "${value}" is not a runner.`, {
        remedy: 'Write local, docker, docker:<image> or attach:<url>.',
      });
    }
    runners[key] = value;
  }
  return runners;
}

function splitPair(pair: string, flag: string, example: string): { key: string; value: string } {
  const at = pair.indexOf('=');
  if (at > 0) return { key: pair.slice(0, at).trim(), value: pair.slice(at + 1) };
  throw llemError('LLEM_E_USAGE', `${flag} ${pair}: there is no "=" in it.`, {
    remedy: `Write it as in ${flag} ${example}.`,
  });
}
