/** Keeps the values of environment variables out of what is stored and shown: each is written as the study names it. */
import { isJsonObject, type JsonValue } from '@llem/core';
import { valueOf, type Environment } from './environment.js';

export interface Concealment {
  /** True when there is nothing to conceal. */
  readonly nothing: boolean;
  /** A text in which every value of 8 characters or more is replaced by the reference to it; so are cut ones at its ends. */
  readonly text: (text: string) => string;
  /** The same for one argument of a command, or for a name: where the whole of it is a value, that may be a short one. */
  readonly word: (text: string) => string;
  /** The same as `text` for every text of a value; keys stay. */
  readonly json: (value: JsonValue) => JsonValue;
}

/** Shorter values would be found in any text, and are no secrets. In characters. */
const SHORTEST = 8;

/** One text to look for, and what to write in its place. */
interface Hidden {
  readonly value: string;
  readonly reference: string;
}

/** Of the variables with these names. */
export function concealmentOf(names: Iterable<string>, environment: Environment): Concealment {
  const all = [...names].flatMap((name): Hidden[] => {
    const value = valueOf(name, environment) ?? '';
    return value === '' ? [] : [{ value, reference: `\${env:${name}}` }];
  });
  const long = all
    .flatMap(({ value, reference }) => formsOf(value).map((form) => ({ value: form, reference })))
    .filter(({ value }) => value.length >= SHORTEST)
    // A value may be part of another one: the longer one first.
    .sort((a, b) => b.value.length - a.value.length);

  const text = (input: string) =>
    long.reduce(
      (shown, { value, reference }) => withoutCut(shown.replaceAll(value, reference), value, reference),
      input,
    );
  return {
    nothing: all.length === 0,
    text,
    word: (input) => all.find(({ value }) => value === input)?.reference ?? text(input),
    json: (value) => (long.length === 0 ? value : mapTexts(value, text)),
  };
}

/** A value as it may stand in a text: plain, its lines one by one, inside a JSON text, in an address. */
function formsOf(value: string): string[] {
  return [
    ...new Set([value, ...value.split(/\r?\n/), JSON.stringify(value).slice(1, -1), asInAddress(value)]),
  ];
}

/** A lone surrogate, which has no encoding, is what it becomes in UTF-8. */
function asInAddress(value: string): string {
  return encodeURIComponent(Buffer.from(value).toString());
}

/** Without the beginning of a value where a text was cut, and its end at the beginning: of a log there are pieces of lines. */
function withoutCut(text: string, value: string, reference: string): string {
  let shown = text;
  for (let length = Math.min(value.length - 1, shown.length); length >= SHORTEST; length -= 1) {
    const [start, end] = [value.slice(0, length), value.slice(-length)];
    shown = shown.replaceAll(`${start}…`, `${reference}…`);
    if (shown.endsWith(start)) shown = `${shown.slice(0, -length)}${reference}`;
    if (shown.startsWith(end)) shown = `${reference}${shown.slice(length)}`;
  }
  return shown;
}

function mapTexts(value: JsonValue, text: (input: string) => string): JsonValue {
  if (typeof value === 'string') return text(value);
  if (isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, text)]));
  }
  return typeof value === 'object' && value !== null ? value.map((item) => mapTexts(item, text)) : value;
}
