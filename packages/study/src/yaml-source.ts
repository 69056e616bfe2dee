/** Reads YAML into a tree with places; what is no plain data, or is made to exhaust a machine, is refused. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Alias,
  type Document,
  type ParsedNode,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import type { ErrorCode } from '@llem/core';
import { faultOfKey } from './keys.js';
import { Problems, quote, type SettingsSource } from './problems.js';
import { isNestedTooDeeply } from './yaml-nesting.js';
import { toJson, type Located, type LocatedEntry, type LocatedMap, type Position } from './tree.js';

/** Largest file of settings, in bytes. */
export const LARGEST_FILE = 1_048_576;

/** Most values that a file may hold once its aliases are written out. */
const MOST_VALUES = 100_000;

/** Deepest nesting of settings. */
const DEEPEST = 64;

/** YAML's own names for the types that JSON has too. */
const PLAIN_TAGS: ReadonlySet<string> = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'seq', 'map'].map((type) => `tag:yaml.org,2002:${type}`),
);

/** What a file is for, and so what is said of one that is wrong as a whole. */
export interface FileKind {
  readonly code: ErrorCode;
  /** `study` */
  readonly noun: string;
  /** A first setting: `name: first-study`. */
  readonly example: string;
  /** What is wrong with an empty one; null where nothing is. */
  readonly empty: string | null;
}

const STUDY_FILE: FileKind = {
  code: 'LLEM_E_STUDY',
  noun: 'study',
  example: 'name: first-study',
  empty: 'the file is empty; a study begins with its name, model and backend',
};

/**
 * The file as a source of settings, and what it holds; `origin` is the position of its first character, so that several
 * files have different positions. Throws the error of its kind.
 */
export function readYaml(
  text: string,
  path: string,
  { origin = 0, kind = STUDY_FILE }: { readonly origin?: Position; readonly kind?: FileKind } = {},
): { source: SettingsSource; root: LocatedMap } {
  const lines = new LineCounter();
  const source: SettingsSource = {
    name: path,
    describe(at) {
      const { line, col } = lines.linePos(at - origin);
      return `${path}:${Math.max(1, line)}:${Math.max(1, col)}`;
    },
  };
  const problems = new Problems(source, kind.code);
  const document = parse(text, lines, { origin, kind, problems });
  problems.throwIfAny();
  const root = document === null ? null : new Reader(document, origin, problems).read();
  if (root !== null && root.kind !== 'map' && !(kind.empty === null && toJson(root) === null)) {
    problems.add(
      root.at,
      `a ${kind.noun} is a mapping of settings such as "${kind.example}", not a single value or a list`,
    );
  }
  problems.throwIfAny();
  return {
    source,
    root: root?.kind === 'map' ? root : { kind: 'map', at: origin, entries: new Map() },
  };
}

function parse(
  text: string,
  lines: LineCounter,
  {
    origin,
    kind,
    problems,
  }: { readonly origin: Position; readonly kind: FileKind; readonly problems: Problems },
): Document.Parsed | null {
  const bytes = Buffer.byteLength(text);
  if (bytes > LARGEST_FILE) {
    problems.add(origin, `the file has ${bytes} bytes; a ${kind.noun} has at most ${LARGEST_FILE}`);
    return null;
  }
  if (isNestedTooDeeply(text)) {
    problems.add(origin, 'the file is nested too deeply to be read');
    return null;
  }
  // Duplicate keys are found by the reader below: the parser compares every key with every other.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'error',
  });
  for (const error of document.errors) problems.add(origin + error.pos[0], explain(error, kind));
  if (document.contents === null && document.errors.length === 0 && kind.empty !== null) {
    problems.add(origin, kind.empty);
  }
  return document;
}

/** The library says where it is: that this is YAML is said already. */
function withoutYaml(message: string): string {
  return message.replace(/ in YAML (?:stream|document)\b/, '');
}

function explain(error: YAMLError, { noun }: FileKind): string {
  switch (error.code) {
    case 'MULTIPLE_DOCS':
      return `a second document begins here ("---"); a ${noun} file holds one ${noun}`;
    case 'TAB_AS_INDENT':
      return 'a tab stands where YAML wants spaces; indent with spaces';
    default:
      return `this is not valid YAML: ${lowerFirst(withoutYaml(error.message.replace(/\s+/g, ' ')))}`;
  }
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** Walks the parsed document once, writing aliases out. */
class Reader {
  readonly #document: Document.Parsed;
  readonly #origin: Position;
  readonly #problems: Problems;
  /** Anchored nodes that are being read: an alias to one of them would never end. */
  readonly #open = new Set<unknown>();
  /** The last anchor of each name; the walk has the document's own order. */
  readonly #anchors = new Map<string, ParsedNode>();
  /** What an alias meant where it stands, whatever its name means later. */
  readonly #targets = new Map<Alias, ParsedNode | null>();
  #expanding = 0;
  #values = 0;

  constructor(document: Document.Parsed, origin: Position, problems: Problems) {
    this.#document = document;
    this.#origin = origin;
    this.#problems = problems;
  }

  read(): Located | null {
    const { contents } = this.#document;
    return contents === null ? null : this.#node(contents, 0);
  }

  #node(node: ParsedNode, depth: number): Located {
    const at = this.#origin + node.range[0];
    this.#values += 1;
    if (this.#values > MOST_VALUES) return this.#tooMany(at);
    if (depth > DEEPEST) return this.#refuse(at, `settings are nested more than ${DEEPEST} deep`);
    if (isAlias(node)) return this.#alias(node, at, depth);
    this.#noteAnchor(node);
    if (node.tag !== undefined && !PLAIN_TAGS.has(node.tag)) {
      return this.#refuse(at, `the tag ${quote(node.tag)} is not supported; write a plain value`);
    }
    if (isScalar(node)) return this.#scalar(node.value, node.source, at);
    this.#open.add(node);
    const read: Located = isSeq(node)
      ? { kind: 'list', at, items: node.items.map((item) => this.#item(item, at, depth + 1)) }
      : this.#map(node, at, depth);
    this.#open.delete(node);
    return read;
  }

  #item(item: unknown, at: Position, depth: number): Located {
    // A pair inside a flow list (`[a: 1]`) and an item without a value arrive as something else than a node.
    if (isParsedNode(item)) return this.#node(item, depth);
    return this.#refuse(at, 'an item of this list is no value');
  }

  #map(node: YAMLMap.Parsed, at: Position, depth: number): LocatedMap {
    const entries = new Map<string, LocatedEntry>();
    for (const { key: keyNode, value } of node.items) {
      const keyAt = this.#origin + keyNode.range[0];
      const key = this.#key(keyNode, keyAt);
      if (key === null) continue;
      const first = entries.get(key);
      if (first !== undefined) {
        this.#problems.add(keyAt, `the key ${quote(key)} stands twice in the same mapping`);
        continue;
      }
      const read: Located =
        value === null ? { kind: 'scalar', at: keyAt, value: null } : this.#node(value, depth + 1);
      entries.set(key, { keyAt, value: read });
      if (this.#values > MOST_VALUES) break;
    }
    return { kind: 'map', at, entries };
  }

  #key(node: ParsedNode, at: Position): string | null {
    const target = isAlias(node) ? this.#target(node) : node;
    if (!isAlias(node)) this.#noteAnchor(node);
    if (!isScalar(target) || target.value === null || typeof target.value === 'object') {
      this.#problems.add(at, 'a key is a single word; this is not one');
      return null;
    }
    const key = typeof target.value === 'string' ? target.value : target.source;
    const fault = faultOfKey(key);
    if (fault !== null) this.#problems.add(at, fault);
    return fault === null ? key : null;
  }

  #alias(node: Alias.Parsed, at: Position, depth: number): Located {
    const target = this.#target(node);
    const name = quote(`*${node.source}`);
    if (target === null) return this.#refuse(at, `the alias ${name} has no anchor before it`);
    if (this.#open.has(target)) return this.#refuse(at, `the alias ${name} contains itself`);
    this.#expanding += 1;
    const read = this.#node(target, depth + 1);
    this.#expanding -= 1;
    return read;
  }

  /** What an alias repeats defines nothing anew. */
  #noteAnchor(node: Exclude<ParsedNode, Alias>): void {
    if (node.anchor !== undefined && this.#expanding === 0) this.#anchors.set(node.anchor, node);
  }

  #target(alias: Alias): ParsedNode | null {
    const known = this.#targets.get(alias);
    if (known !== undefined) return known;
    const target = this.#anchors.get(alias.source) ?? null;
    this.#targets.set(alias, target);
    return target;
  }

  #scalar(value: unknown, source: string | undefined, at: Position): Located {
    if (typeof value === 'number') {
      if (!Number.isFinite(value))
        return this.#refuse(at, `${quote(source ?? String(value))} is no finite number`);
      if (/^[-+]?\d+$/.test(source ?? '') && !Number.isSafeInteger(value)) {
        return this.#refuse(at, `the number ${source ?? ''} is too large to be kept exactly`);
      }
      // -0 and 0 are the same setting.
      return { kind: 'scalar', at, value: value === 0 ? 0 : value };
    }
    if (value === null || typeof value === 'string' || typeof value === 'boolean') {
      return { kind: 'scalar', at, value };
    }
    return this.#refuse(at, 'this kind of value is not supported; put it in quotes');
  }

  #tooMany(at: Position): Located {
    if (this.#values === MOST_VALUES + 1) {
      this.#problems.add(
        at,
        `the file holds more than ${MOST_VALUES} values once its aliases are written out`,
      );
    }
    return { kind: 'scalar', at, value: null };
  }

  #refuse(at: Position, text: string): Located {
    this.#problems.add(at, text);
    return { kind: 'scalar', at, value: null };
  }
}

function isParsedNode(value: unknown): value is ParsedNode {
  return (isScalar(value) || isMap(value) || isSeq(value) || isAlias(value)) && Array.isArray(value.range);
}
