/** The user's configuration file: what holds for every study of one person on one machine. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineOptions, issueText, llemError, runnerChoiceSchema } from '@llem/core';
import envPaths from 'env-paths';
import { parseDocument } from 'yaml';
import { z } from 'zod';

const schema = z.strictObject({
  output: z.string().min(1).optional().describe('Parent of the result directories.'),
  runners: z.record(z.string(), runnerChoiceSchema).optional().describe('The runner for each backend.'),
});
const options = defineOptions(schema);

export type UserConfiguration = z.output<typeof schema>;

/** Where the file is looked for: `LLEM_CONFIG`, else `config.yaml` in the folder that the platform has for this. */
export function configurationPath(env: NodeJS.ProcessEnv): { path: string; named: boolean } {
  const named = env['LLEM_CONFIG'];
  if (named !== undefined && named !== '') return { path: named, named: true };
  return { path: join(envPaths('llem', { suffix: '' }).config, 'config.yaml'), named: false };
}

/** Reads it; a file that is not there is an empty one, unless LLEM_CONFIG names it. Throws LLEM_E_USAGE. */
export async function readConfiguration(env: NodeJS.ProcessEnv): Promise<UserConfiguration> {
  const { path, named } = configurationPath(env);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (!named && cause instanceof Error && Reflect.get(cause, 'code') === 'ENOENT') return {};
    throw llemError('LLEM_E_USAGE', `The configuration file cannot be read: ${path}`, {
      remedy: named
        ? 'Set LLEM_CONFIG to a file that is there, or unset it.'
        : 'Make the file readable, or remove it.',
      cause,
    });
  }
  return parseConfiguration(text, path);
}

/** Validates the text of a configuration file. Throws LLEM_E_USAGE. */
export function parseConfiguration(text: string, path: string): UserConfiguration {
  const wrong = (message: string, remedy: string, cause?: unknown) =>
    llemError('LLEM_E_USAGE', `${path}: ${message}`, { remedy, cause });
  const document = parseDocument(text);
  const [syntax] = document.errors;
  if (syntax) {
    throw wrong(syntax.message.split('\n')[0] ?? '', 'Correct the YAML of the configuration file.', syntax);
  }
  const parsed = options.parse(document.toJS() ?? {});
  if (parsed.ok) return parsed.value;
  const [issue] = parsed.issues;
  const known = issue?.knownKeys ?? [];
  throw wrong(
    issueText(parsed.issues),
    known.length > 0
      ? `Use one of the keys it knows: ${known.join(', ')}.`
      : 'Correct it; `llem config` shows the settings in effect.',
  );
}
