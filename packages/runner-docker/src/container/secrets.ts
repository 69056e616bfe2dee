/** Values that must not be in a log, and a filter that replaces them, also where they come in pieces. Pure. */

import type { Environment } from '../engine/address.js';

const MASK = '***';
/** A name ends in what it holds, `HF_TOKEN`, `API_KEY`; `MAX_TOKENS` and `TOKENIZERS_PARALLELISM` hold none. */
const SECRET_NAME = /(?:TOKEN|KEY|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)\d*$/i;
/** Shorter ones are words of every log (`PAD_TOKEN=0`). */
const SHORTEST = 6;
/** Name and password before the host of an address, or one token. */
const USER_INFO = /[a-z][a-z0-9+.-]*:\/\/([^/@\s]+)@/gi;
/** What is no secret, and stands in many a value: of a path. */
const ORDINARY = ['HOME', 'PWD', 'OLDPWD', 'TMPDIR', 'USER', 'LOGNAME'];

/**
 * What a study has taken from llem's environment by `${env:NAME}`: each value of it that is one of these, or a part of one. A value
 * that was written out and happens to be the same is among them.
 */
export function takenFrom(own: Environment, written: Readonly<Record<string, string>>): string[] {
  const texts = Object.values(written);
  return Object.entries(own).flatMap(([name, value = '']) =>
    !ORDINARY.includes(name) && value.length >= SHORTEST && texts.some((text) => text.includes(value))
      ? [value, value.trim()]
      : [],
  );
}

/**
 * Of an environment: what variables hold whose names say so, and what stands before the host in addresses. `more`: what is known to
 * be secret besides.
 */
export function secretsOf(env: Readonly<Record<string, string>>, more: readonly string[] = []): string[] {
  const found = Object.entries(env).flatMap(([name, value]) => [
    ...(SECRET_NAME.test(name) ? [value, value.trim()] : []),
    ...[...value.matchAll(USER_INFO)].flatMap(([, info = '']) => ofUserInfo(info)),
  ]);
  // A longer one first, as it may begin with a shorter one.
  return [...new Set([...found, ...more])]
    .filter(({ length }) => length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
}

/** The two together, which are in the address, and the password, which a program may tell by itself. */
function ofUserInfo(info: string): string[] {
  const password = info.slice(info.indexOf(':') + 1);
  return [info, password, decoded(password)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Takes a stream in pieces and gives them with every secret replaced; keeps back what may be the beginning of one. */
export interface Mask {
  next(bytes: Buffer): Buffer;
  /** What was kept back: the stream has ended. */
  end(): Buffer;
}

export function createMask(secrets: readonly string[]): Mask {
  if (secrets.length === 0) return { next: (bytes) => bytes, end: () => Buffer.alloc(0) };
  // A character a byte, so that a piece may end within a character.
  const hidden = secrets.map((secret) => Buffer.from(secret).toString('latin1'));
  const pattern = new RegExp(
    hidden.map((one) => one.replace(/[^A-Za-z0-9]/g, String.raw`\$&`)).join('|'),
    'g',
  );
  let kept = '';
  return {
    next(bytes) {
      const text = kept + bytes.toString('latin1');
      let masked = '';
      let at = 0;
      let begun = begunAt(text, at, hidden);
      pattern.lastIndex = 0;
      // One that has begun and goes on may be longer than what is whole within it.
      for (
        let match = pattern.exec(text);
        match !== null && match.index < begun;
        match = pattern.exec(text)
      ) {
        masked += text.slice(at, match.index) + MASK;
        at = pattern.lastIndex;
        if (begun < at) begun = begunAt(text, at, hidden);
      }
      kept = text.slice(begun);
      return Buffer.from(masked + text.slice(at, begun), 'latin1');
    },
    end() {
      const rest = Buffer.from(kept.replaceAll(pattern, MASK), 'latin1');
      kept = '';
      return rest;
    },
  };
}

/** Where, from `from` on, a secret begins whose end is not there yet; the end of the text where none does. */
function begunAt(text: string, from: number, secrets: readonly string[]): number {
  const longest = Math.max(...secrets.map(({ length }) => length));
  for (let at = Math.max(from, text.length - longest + 1); at < text.length; at += 1) {
    const rest = text.slice(at);
    if (secrets.some((secret) => secret.length > rest.length && secret.startsWith(rest))) return at;
  }
  return text.length;
}
