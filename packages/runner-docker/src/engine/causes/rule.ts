/** How an error of the engine is recognised, and what it is told as. */
import type { FailureCause } from '@llem/core';
import { placeOf, type EngineAddress } from '../address.js';

export interface Doing {
  readonly doing: 'reach' | 'inspect' | 'pull' | 'create' | 'start';
  readonly address: EngineAddress;
  /** The image, as it was asked for. */
  readonly image?: string;
  /** The port of this machine that the engine is to listen on. */
  readonly port?: number;
}

/** An error as it came, in parts. */
export interface Told {
  /** HTTP status; null where there was no answer. */
  readonly status: number | null;
  /** The system's name of an error, `ECONNREFUSED`; null where there is none. */
  readonly code: string | null;
  /** The engine's own words, or those of the system. */
  readonly words: string;
}

/** What went wrong, of what was told, what the pattern matched, and what was being done. */
export type CauseOf = (match: RegExpExecArray, doing: Doing, told: Told) => FailureCause;

/**
 * By words, loosely: releases word the same differently, and one status stands for many causes. `statuses` is named where the
 * words alone would be another error's as well.
 */
export interface Rule {
  readonly words: RegExp;
  readonly statuses?: readonly number[];
  readonly doing?: readonly Doing['doing'][];
  readonly cause: CauseOf;
}

/** The first rule that fits; null where none does. */
export function causeByRules(rules: readonly Rule[], told: Told, doing: Doing): FailureCause | null {
  for (const { words, statuses, doing: when, cause } of rules) {
    if (statuses !== undefined && (told.status === null || !statuses.includes(told.status))) continue;
    if (when !== undefined && !when.includes(doing.doing)) continue;
    const match = words.exec(told.words);
    if (match) return cause(match, doing, told);
  }
  return null;
}

export const engineAt = ({ address }: Doing): string => `the Docker engine at ${placeOf(address)}`;
export const imageOf = ({ image }: Doing): string =>
  image === undefined ? 'The image' : `The image ${image}`;
export const quoted = ({ words }: Told): string => `Docker says: ${words}`;
