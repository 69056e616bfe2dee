/**
 * Reads a few values out of the JSON of an event without building the rest of it: one pass over the bytes, nothing
 * allocated for what nobody asked for. What it does not understand it leaves to JSON.parse (see chunk.ts).
 */
import type { JsonPath } from '@llem/core';

/** Where the paths lead, as a tree. */
interface Branch {
  readonly keys: readonly { readonly name: Uint8Array; readonly to: Branch }[];
  readonly items: readonly { readonly index: number; readonly to: Branch }[];
  /** Number of the path that ends here; -1 for none. */
  readonly target: number;
}

export interface Scanner {
  /**
   * Looks at `bytes[start, end)`, one JSON value with white space around it. False when it is not understood: malformed,
   * or with escapes in a key. Afterwards `starts[i]` and `ends[i]` bound the value of path i, -1 where it is not there.
   * The last of equal keys counts, as in JSON.parse.
   */
  scan(bytes: Uint8Array, start: number, end: number): boolean;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const SPACE = 0x20;

const NOT_UNDERSTOOD = -1;

export function compileScanner(paths: readonly JsonPath[]): Scanner {
  const root = branchOf(paths.map((path, target) => ({ path, target })));
  const starts = new Int32Array(paths.length);
  const ends = new Int32Array(paths.length);
  let bytes: Uint8Array = new Uint8Array(0);
  let limit = 0;

  const skipSpace = (at: number): number => {
    while (at < limit && isSpace(bytes[at] ?? 0)) at += 1;
    return at;
  };

  /** `at` is behind the opening quote; gives the place behind the closing one. */
  const skipString = (at: number): number => {
    while (at < limit) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) return at + 1;
      // JSON has no control characters in strings.
      if (byte < SPACE) return NOT_UNDERSTOOD;
      at += byte === BACKSLASH ? 2 : 1;
    }
    return NOT_UNDERSTOOD;
  };

  /** Behind a number or a word; what it says is looked at only where somebody asks for it. */
  const skipWord = (at: number): number => {
    const from = at;
    while (at < limit) {
      const byte = bytes[at] ?? 0;
      if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte)) break;
      if (byte === QUOTE || byte === OPEN_BRACE || byte === OPEN_BRACKET || byte === COLON)
        return NOT_UNDERSTOOD;
      at += 1;
    }
    return at > from ? at : NOT_UNDERSTOOD;
  };

  /** Behind a value that nobody asked for. Counts brackets instead of recursing: a server may nest as deep as it likes. */
  const skipValue = (at: number): number => {
    const first = bytes[at] ?? 0;
    if (first === QUOTE) return skipString(at + 1);
    if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return skipWord(at);
    let depth = 0;
    while (at < limit) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) {
        at = skipString(at + 1);
        if (at === NOT_UNDERSTOOD) return NOT_UNDERSTOOD;
        continue;
      }
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth -= 1;
        if (depth === 0) return at + 1;
      }
      at += 1;
    }
    return NOT_UNDERSTOOD;
  };

  const readValue = (at: number, branch: Branch): number => {
    const { target } = branch;
    if (target >= 0) {
      const end = skipValue(at);
      starts[target] = at;
      ends[target] = end;
      if (end === NOT_UNDERSTOOD || (branch.keys.length === 0 && branch.items.length === 0)) return end;
    }
    const first = bytes[at] ?? 0;
    if (first === OPEN_BRACE) return branch.keys.length > 0 ? readObject(at + 1, branch) : skipValue(at);
    if (first === OPEN_BRACKET) return branch.items.length > 0 ? readArray(at + 1, branch) : skipValue(at);
    return skipValue(at);
  };

  const readObject = (from: number, branch: Branch): number => {
    let at = skipSpace(from);
    if (bytes[at] === CLOSE_BRACE) return at + 1;
    for (;;) {
      if (bytes[at] !== QUOTE) return NOT_UNDERSTOOD;
      const keyStart = at + 1;
      at = keyStart;
      while (at < limit && bytes[at] !== QUOTE) {
        // A key may spell its letters as escapes: rare enough to leave to JSON.parse.
        if (bytes[at] === BACKSLASH) return NOT_UNDERSTOOD;
        at += 1;
      }
      const to = childOf(branch, keyStart, at);
      at = skipSpace(at + 1);
      if (bytes[at] !== COLON) return NOT_UNDERSTOOD;
      at = skipSpace(at + 1);
      if (at >= limit) return NOT_UNDERSTOOD;
      at = to === null ? skipValue(at) : readValue(at, to);
      if (at === NOT_UNDERSTOOD) return NOT_UNDERSTOOD;
      at = skipSpace(at);
      if (bytes[at] === CLOSE_BRACE && at < limit) return at + 1;
      if (bytes[at] !== COMMA) return NOT_UNDERSTOOD;
      at = skipSpace(at + 1);
      if (at >= limit) return NOT_UNDERSTOOD;
    }
  };

  const readArray = (from: number, branch: Branch): number => {
    let at = skipSpace(from);
    if (bytes[at] === CLOSE_BRACKET) return at + 1;
    for (let index = 0; ; index += 1) {
      if (at >= limit) return NOT_UNDERSTOOD;
      const item = branch.items.find((one) => one.index === index);
      at = item ? readValue(at, item.to) : skipValue(at);
      if (at === NOT_UNDERSTOOD) return NOT_UNDERSTOOD;
      at = skipSpace(at);
      if (bytes[at] === CLOSE_BRACKET && at < limit) return at + 1;
      if (bytes[at] !== COMMA) return NOT_UNDERSTOOD;
      at = skipSpace(at + 1);
    }
  };

  const childOf = (branch: Branch, start: number, end: number): Branch | null => {
    for (const { name, to } of branch.keys) {
      if (name.length !== end - start) continue;
      let same = 0;
      while (same < name.length && name[same] === bytes[start + same]) same += 1;
      if (same === name.length) {
        // An earlier key of the same name is forgotten whole.
        forget(to);
        return to;
      }
    }
    return null;
  };

  const forget = (branch: Branch): void => {
    if (branch.target >= 0) starts[branch.target] = -1;
    for (const { to } of branch.keys) forget(to);
    for (const { to } of branch.items) forget(to);
  };

  return {
    starts,
    ends,
    scan(from, start, end) {
      bytes = from;
      limit = end;
      starts.fill(-1);
      const at = skipSpace(start);
      // Events are objects; anything else is left to JSON.parse.
      if (at >= end || bytes[at] !== OPEN_BRACE) return false;
      const after = readValue(at, root);
      return after !== NOT_UNDERSTOOD && after <= end && skipSpace(after) === end;
    },
  };
}

const isSpace = (byte: number): boolean => byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09;

interface Step {
  readonly path: JsonPath;
  readonly target: number;
}

function branchOf(steps: readonly Step[]): Branch {
  const further = new Map<string | number, Step[]>();
  for (const { path, target } of steps) {
    const [key, ...rest] = path;
    if (key === undefined) continue;
    further.set(key, [...(further.get(key) ?? []), { path: rest, target }]);
  }
  const encoder = new TextEncoder();
  const keys: { name: Uint8Array; to: Branch }[] = [];
  const items: { index: number; to: Branch }[] = [];
  for (const [key, inner] of further) {
    if (typeof key === 'string') keys.push({ name: encoder.encode(key), to: branchOf(inner) });
    else items.push({ index: key, to: branchOf(inner) });
  }
  return { keys, items, target: steps.find(({ path }) => path.length === 0)?.target ?? -1 };
}
