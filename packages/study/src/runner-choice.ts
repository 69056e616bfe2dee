/** Reads the name of a runner, and decides which runner an experiment gets. */
import {
  isJsonObject,
  llemError,
  type ErrorCode,
  type Experiment,
  type JsonObject,
  type RunnerChoice,
} from '@llem/core';
import { unknownBackend } from './catalog.js';
import type { Configuration } from './configuration.js';
import type { DetectedRunner } from './detection.js';
import { mentionsEnvironment } from './environment.js';
import { quote } from './problems.js';

/** The runner of an experiment and why it is that one. */
export interface ResolvedRunner {
  readonly type: string;
  readonly options: JsonObject;
  /** For people and the record: `--runner`, `the study's runners`, `nothing else said (default)`. */
  readonly why: string;
  /** Where that was said, for messages: as `why`, but for the configuration its place in the file. */
  readonly from: string;
  /** Of an engine that is missing here: what keeps it from a container, and what to do, in sentences. */
  readonly hindrance?: string;
}

/** Who may name a runner, first in the order of this list wins; the experiment itself comes after the flags. */
export interface RunnerLayers {
  /** `--runner BACKEND=RUNNER`, by backend. */
  readonly flags: Readonly<Record<string, string>>;
  /** The environment; `LLEM_RUNNER_<BACKEND>` counts. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The study's `runners:`, by backend. */
  readonly study: Readonly<Record<string, RunnerChoice>>;
  /** The user's configuration. */
  readonly config: Pick<Configuration, 'runners' | 'places'>;
  /** What is on this machine, by backend, where it has been looked at. */
  readonly detected: ReadonlyMap<string, DetectedRunner>;
}

export type NamingLayers = Omit<RunnerLayers, 'detected'>;

export type ParsedRunner =
  | { readonly ok: true; readonly type: string; readonly options: JsonObject }
  | { readonly ok: false; readonly message: string };

const EXPECTED = 'expected local, docker, docker:<image>, attach:<url>, or a mapping with "type"';

/** Reads a runner's name or mapping. Strict: what it does not understand is refused, never replaced by a default. */
export function parseRunner(choice: unknown): ParsedRunner {
  if (typeof choice === 'string') return parseShorthand(choice);
  const mapping: unknown = choice;
  if (!isPlainMapping(mapping)) return refuse(EXPECTED);
  const { type, ...options } = mapping;
  if (typeof type !== 'string') return refuse(`a runner's mapping needs "type"; ${EXPECTED}`);
  const named = parseShorthand(type);
  if (!named.ok) return named;
  if (type.includes(':')) {
    return refuse(`"type" is a name alone (here ${quote(type)}); give the rest as options of its own`);
  }
  return { ok: true, type, options };
}

function parseShorthand(text: string): ParsedRunner {
  const colon = text.indexOf(':');
  const type = colon === -1 ? text : text.slice(0, colon);
  if (!/^[a-z][a-z0-9-]*$/.test(type)) return refuse(`${quote(text)} is not a runner; ${EXPECTED}`);
  if (colon === -1) return { ok: true, type, options: {} };
  const value = text.slice(colon + 1);
  if (value.trim() === '') {
    return refuse(
      `${quote(text)} names nothing after the colon; write ${quote(type)} alone or add what it shall use`,
    );
  }
  switch (type) {
    case 'docker':
      if (/\s/.test(value)) return refuse(`${quote(value)} is not the name of an image: it has spaces in it`);
      return { ok: true, type, options: { image: value } };
    case 'attach':
      // What a variable makes of an address is known where it is used.
      if (!isHttpUrl(value) && !mentionsEnvironment(value)) {
        return refuse(`${quote(value)} is not an address; expected one such as http://localhost:8000`);
      }
      return { ok: true, type, options: { url: value } };
    default:
      return refuse(
        `${quote(text)}: the runner "${type}" takes nothing after a colon; write its options as { type: ${type}, ... }`,
      );
  }
}

/**
 * The runner of an experiment. First hit wins: flags, the experiment itself, environment, study, configuration, what was detected,
 * `local`. Throws LLEM_E_STUDY for a value of the study that is no runner, LLEM_E_CONFIG for one of the configuration, LLEM_E_USAGE for
 * any other.
 */
export function resolveRunner(experiment: ForRunner, layers: RunnerLayers): ResolvedRunner {
  const { backend } = experiment;
  const first = firstSaid(experiment, layers);
  if (first === undefined) {
    const detected = layers.detected.get(backend);
    if (detected) return { options: {}, from: detected.why, ...detected };
    return { type: 'local', options: {}, why: 'nothing else said (default)', from: 'default' };
  }
  const { choice, why, from = why, code } = first;
  const runner = parseRunner(choice);
  if (runner.ok) return { type: runner.type, options: runner.options, why, from };
  throw llemError(code, `The runner for ${backend}, from ${from}: ${runner.message}.`, {
    remedy: `Correct it, or remove it to let the next in line decide.`,
  });
}

/** Whether somebody says which runner an experiment gets, rightly or wrongly. */
export function isRunnerNamed(experiment: ForRunner, layers: NamingLayers): boolean {
  return firstSaid(experiment, layers) !== undefined;
}

type ForRunner = Pick<Experiment, 'backend' | 'runner'>;

function firstSaid(experiment: ForRunner, layers: NamingLayers): Said | undefined {
  const { backend } = experiment;
  const variable = runnerVariable(backend);
  const said: readonly Said[] = [
    { choice: own(layers.flags, backend), why: '--runner', code: 'LLEM_E_USAGE' },
    { choice: experiment.runner ?? undefined, why: 'the experiment', code: 'LLEM_E_STUDY' },
    { choice: own(layers.env, variable), why: variable, code: 'LLEM_E_USAGE' },
    { choice: own(layers.study, backend), why: "the study's runners", code: 'LLEM_E_STUDY' },
    {
      choice: own(layers.config.runners, backend),
      why: "the user's configuration",
      from: layers.config.places[`runners.${backend}`],
      code: 'LLEM_E_CONFIG',
    },
  ];
  return said.find(({ choice }) => choice !== undefined);
}

/** What one of the layers says. */
interface Said {
  readonly choice: unknown;
  readonly why: string;
  readonly from?: string | undefined;
  readonly code: ErrorCode;
}

const VARIABLE = 'LLEM_RUNNER_';

/** The environment variable that names the runner of a backend. */
export function runnerVariable(backend: string): string {
  return `${VARIABLE}${backend.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}

/** What to say of variables that name a runner for a backend that nobody knows, probably mistyped: they change nothing. */
export function unknownVariables(env: RunnerLayers['env'], installed: readonly string[]): string[] {
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith(VARIABLE) || installed.some((id) => runnerVariable(id) === name)) return [];
    const id = name.slice(VARIABLE.length).toLowerCase().replaceAll('_', '-');
    const meant = runnerVariable(id);
    const message =
      unknownBackend(id, installed) ?? (meant === name ? null : `it is read as ${meant} alone, in capitals`);
    return message === null ? [] : [`${name}: ${message}`];
  });
}

function own(record: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function isPlainMapping(value: unknown): value is JsonObject {
  return isJsonObject(value);
}

function isHttpUrl(text: string): boolean {
  return !/\s/.test(text) && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function refuse(message: string): ParsedRunner {
  return { ok: false, message };
}
