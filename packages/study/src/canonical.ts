/** Canonical JSON and what is named by it: experiments and studies. */
import { createHash } from 'node:crypto';
import canonicalizeModule from 'canonicalize';
import type { JsonValue } from '@llem/core';
import { z } from 'zod';

// The package's types say that the function is a property of its module; it is the module itself.
const canonicalize = z
  .custom<(value: unknown) => string | undefined>((value) => typeof value === 'function')
  .parse(canonicalizeModule);

/** Digits of a name: 48 bits, so that two of 1,000 experiments share one in 1 of 500 million studies, of 100,000 in 1 of 56,000. */
const DIGITS = 12;

/** Canonical JSON (RFC 8785) of plain data: the same for every order of keys; what is undefined is left out. */
export function canonical(value: unknown): string {
  return canonicalize(value) ?? 'null';
}

/** First 12 hex digits of the SHA-256 of the canonical JSON of what an experiment asks for. */
export function experimentId(asked: JsonValue): string {
  return digest(asked);
}

/** The same over the sorted ids of a study's experiments. */
export function studyHash(ids: readonly string[]): string {
  return digest([...ids].sort());
}

function digest(value: JsonValue): string {
  return fingerprint(value).slice(0, DIGITS);
}

/** SHA-256 of the canonical JSON of plain data, in hex: the same for equal data, and short where the data is not. */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}
