/** Whether the engine on this machine knows the flags that it is going to be given. */
import { failed, limited, ok, warning, type Check, type Finding } from '@llem/core';
import { findExecutable } from '../executable.js';
import { engineOutput } from './engine-output.js';
import { flagsInHelp } from './help.js';
import { isInReleases, versionInText } from './release.js';

/** An option that is set: a flag, or with `flag` null a key of a file, of which only the release can tell. */
export interface CheckedOption {
  readonly path: string;
  readonly flag: string | null;
  readonly versions: string | null;
}

export interface FlagsCheck {
  /** The engine's section of a study, such as `vllm`. */
  readonly section: string;
  /** As the option `executable` has it. */
  readonly executable: string;
  /** The engine's own name of its program. */
  readonly program: string;
  /** Arguments that print the help, tried in turn until flags come out: releases differ (`--help=all`, `--help`). */
  readonly helpArguments: readonly (readonly string[])[];
  /** Arguments that print the version; null where there are none, and the help is asked for it. */
  readonly versionArguments: readonly string[] | null;
  /** Flags and keys that are going to be used (`usedFlags`, `usedExtraFlags`). */
  readonly used: readonly CheckedOption[];
  /** True for an engine that takes `--a_b` for the `--a-b` of its help. */
  readonly eitherSeparator?: boolean;
}

/** An engine imports everything it has before it answers: 20 s of processor time for vLLM 0.32, and twice that where the version is asked for as well. */
const PATIENCE_MS = 240_000;
/** So that a busy machine ends in a warning, and not in a check that failed. */
const LIMIT_MS = PATIENCE_MS + 30_000;

export const flagsCheck = (asked: FlagsCheck): Check => ({
  id: `${asked.section}.flags`,
  title: `${asked.program}, flags`,
  limitMs: LIMIT_MS,
  run: (signal) => checkFlags(asked, limited(signal, PATIENCE_MS)),
});

async function checkFlags(asked: FlagsCheck, signal: AbortSignal): Promise<Finding> {
  const { section, executable, program, used } = asked;
  if (used.length === 0) return ok('No flag depends on the release.');
  const path = await findExecutable(executable, program);
  if (path === null) {
    return warning(
      `There is no executable "${executable}" whose flags could be looked at.`,
      `Name one in ${section}.executable.`,
    );
  }
  try {
    const help = await helpOf(path, asked.helpArguments, signal);
    const unlisted = used.filter(({ flag }) => flag !== null && !isListed(flag, help.flags, asked));
    const needsVersion = help.flags.size === 0 ? used : [...unlisted, ...used.filter(ofFile)];
    if (needsVersion.length === 0) return ok(`${path} has all ${used.length} flags that are used.`);
    const version = await versionOf(path, asked.versionArguments, help.text, signal);
    return judged(asked, { path, version, listsFlags: help.flags.size > 0, doubtful: needsVersion });
  } catch (error) {
    return warning(
      `Its flags could not be looked at: ${error instanceof Error ? error.message : String(error)}.`,
      `Run \`${path} ${asked.helpArguments[0]?.join(' ') ?? '--help'}\` and see what is in its way.`,
    );
  }
}

const ofFile = ({ flag, versions }: CheckedOption): boolean => flag === null && versions !== null;

interface Doubts {
  readonly path: string;
  readonly version: string | null;
  /** False where no flags were found in its help. */
  readonly listsFlags: boolean;
  readonly doubtful: readonly CheckedOption[];
}

/** What is not listed is missing, unless the release is known to have it; where nothing is listed the release alone decides. */
function judged({ section, program }: FlagsCheck, { path, version, listsFlags, doubtful }: Doubts): Finding {
  const inRange = ({ versions }: CheckedOption) =>
    version === null || versions === null ? null : isInReleases(version, versions);
  const missing = doubtful.filter((option) => {
    const has = inRange(option);
    return has === false || (has === null && listsFlags && option.flag !== null);
  });
  const engine = version === null ? path : `${program} ${version} (${path})`;
  if (missing.length > 0) {
    return failed(
      `${engine} does not have ${missing.map(inWords).join(', ')}.`,
      `Leave out what it does not have, or name another release in ${section}.executable.`,
    );
  }
  const unknown = doubtful.filter((option) => inRange(option) === null);
  if (unknown.length > 0) {
    return warning(
      `Whether ${engine} has ${unknown.map(inWords).join(', ')} cannot be told from its help or version.`,
      'If it ends at once, look for a flag that it does not know.',
    );
  }
  return ok(`${engine} is a release that has all that is used.`);
}

function inWords({ path, flag, versions }: CheckedOption): string {
  const of = flag === null ? path : `${flag} (${path}`;
  const releases = versions === null ? '' : `releases ${versions}`;
  if (flag === null) return releases === '' ? of : `${of} (${releases})`;
  return releases === '' ? `${of})` : `${of}, ${releases})`;
}

/** `--a.b` sets a part of `--a`. */
function isListed(flag: string, listed: ReadonlySet<string>, { eitherSeparator }: FlagsCheck): boolean {
  const [name = flag] = flag.split('.', 1);
  if (listed.has(name)) return true;
  return eitherSeparator === true && listed.has(`--${name.slice(2).replaceAll('_', '-')}`);
}

async function helpOf(
  path: string,
  alternatives: readonly (readonly string[])[],
  signal: AbortSignal,
): Promise<{ readonly flags: ReadonlySet<string>; readonly text: string }> {
  let seen = '';
  for (const args of alternatives) {
    const { code, text } = await engineOutput(path, args, signal);
    const flags = flagsInHelp(text);
    if (code === 0 && flags.size >= FEWEST_FLAGS) return { flags, text };
    seen += text;
  }
  return { flags: new Set(), text: seen };
}

/** A help text with fewer is a list of commands, or of groups to ask for. */
const FEWEST_FLAGS = 5;

async function versionOf(
  path: string,
  args: readonly string[] | null,
  helpText: string,
  signal: AbortSignal,
): Promise<string | null> {
  if (args === null) return versionInText(helpText);
  const { code, text } = await engineOutput(path, args, signal);
  return (code === 0 ? versionInText(text) : null) ?? versionInText(helpText);
}
