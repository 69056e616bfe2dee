/** The settings in effect as `llem config` shows them, each with where it comes from. Pure but for what the scope holds. */
import { gapsSchema, isJsonObject, isLlemError, type PluginContext } from '@llem/core';
import { NO_CONFIGURATION, resolveRunner, type ResolvedRunner } from '@llem/study';
import { CONFIGURATION, CONFIGURATION_PATH, CONTEXT, DISCOVERY, ENVIRONMENT } from '../composition/root.js';
import { NOTHING_DETECTED } from '../composition/detection.js';
import type { Scope } from '../composition/scope.js';
import { PLAN, PLUGINS, STUDY } from '../composition/study.js';
import { grid } from '../terminal/grid.js';
import { WIDTH } from '../terminal/text.js';
import { effectiveOutput, effectiveWait } from './effective.js';

export interface SettingInEffect {
  /** Dotted path: in the configuration file, or in a study where one is shown. */
  readonly name: string;
  /** Plain data. */
  readonly value: unknown;
  /** For people: `LLEM_OUTPUT`, a place in a file, `default`. */
  readonly from: string;
}

export interface ConfigurationView {
  readonly file: {
    readonly path: string;
    /** False where there is none, or where it cannot be used: the settings are then those without it. */
    readonly isUsed: boolean;
    /** What it cannot be used for. */
    readonly error: { readonly code: string; readonly message: string; readonly remedy: string } | null;
  };
  readonly cache: PluginContext['cacheDir'];
  readonly settings: readonly SettingInEffect[];
}

/** Throws LLEM_E_USAGE where the environment names a runner that is none. */
export function configurationView(
  root: Scope,
  settings: readonly SettingInEffect[],
  error: unknown,
): ConfigurationView {
  const { path } = root.get(CONFIGURATION_PATH);
  return {
    file: {
      path,
      isUsed: root.get(CONFIGURATION) !== NO_CONFIGURATION,
      error: isLlemError(error) ? { code: error.code, message: error.message, remedy: error.remedy } : null,
    },
    cache: root.get(CONTEXT).cacheDir,
    settings: [
      { name: 'output', ...effectiveOutput(root, undefined) },
      { name: 'wait', ...effectiveWait(root, undefined) },
      ...settings,
    ],
  };
}

/** What every study gets that does not say it itself. */
export function settingsOfAnyStudy(root: Scope): SettingInEffect[] {
  const configuration = root.get(CONFIGURATION);
  const { gaps, meters } = configuration;
  const from = (path: string) => configuration.places[path] ?? 'default';
  const backends = root.get(DISCOVERY).provided.filter(({ kind }) => kind === 'backend');
  const ids = new Set([...backends.map(({ id }) => id), ...Object.keys(configuration.runners)]);
  const env = root.get(ENVIRONMENT);
  return [
    ...Object.entries(gapsSchema.parse(gaps)).map(([key, value]) => ({
      name: `gaps.${key}`,
      value,
      from: from(`gaps.${key}`),
    })),
    { name: 'meters', value: meters ?? 'auto', from: from('meters') },
    ...[...ids].map((backend) =>
      runnerRow(
        backend,
        resolveRunner(
          { backend, runner: null },
          { flags: {}, env, study: {}, config: configuration, detected: NOTHING_DETECTED },
        ),
      ),
    ),
  ];
}

/** What one study gets: all of `execution` and `energy`, and its runners. */
export function settingsOfStudy(scope: Scope): SettingInEffect[] {
  const { execution, energy, origins } = scope.get(STUDY);
  const { experiments } = scope.get(PLAN);
  const runners = experiments.map((one) => runnerRow(one.backend, scope.get(PLUGINS).resolveRunner(one)));
  return [
    ...rows({ execution, energy }).map(([name, value]) => ({
      name,
      value,
      from: origins[name] ?? 'default',
    })),
    ...new Map(runners.map((row) => [JSON.stringify(row), row])).values(),
  ];
}

function rows(settings: object, above = ''): [string, unknown][] {
  return Object.entries(settings).flatMap(([key, value]: [string, unknown]): [string, unknown][] =>
    isJsonObject(value) ? rows(value, `${above}${key}.`) : [[`${above}${key}`, value]],
  );
}

function runnerRow(backend: string, { type, options, from }: ResolvedRunner): SettingInEffect {
  const value = Object.keys(options).length === 0 ? type : { type, ...options };
  return { name: `runners.${backend}`, value, from };
}

/** A table, no wider than `columns` where its words allow that. */
export function configurationText({ file, cache, settings }: ConfigurationView, columns = WIDTH): string {
  const unused = file.error === null ? ' (there is none)' : ' (not used: see the error)';
  const cells = settings.map(({ name, value, from }) => [
    name,
    typeof value === 'string' ? value : spaced(value),
    from.startsWith(`${file.path}:`)
      ? `configuration, line ${from.slice(file.path.length + 1).split(':')[0] ?? ''}`
      : from,
  ]);
  const [names, values, places] = [0, 1, 2].map((at) => cells.map((row) => row[at] ?? ''));
  const left = columns - longest(names) - 4;
  const place = Math.max(Math.min(longest(places), Math.floor(left / 2)), longestWord(places));
  const value = Math.max(Math.min(longest(values), left - place), longestWord(values));
  return [
    `Configuration file: ${file.path}${file.isUsed ? '' : unused}`,
    `Cache: ${cache}`,
    '',
    grid([{ title: 'setting' }, { title: 'value', width: value }, { title: 'from', width: place }], cells),
  ].join('\n');
}

/** JSON that can be wrapped at its commas. */
function spaced(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(/\n */g, ' ');
}

function longest(texts: readonly string[] = []): number {
  return Math.max(0, ...texts.map((text) => text.length));
}

function longestWord(texts: readonly string[] = []): number {
  return longest(texts.flatMap((text) => text.split(' ')));
}
