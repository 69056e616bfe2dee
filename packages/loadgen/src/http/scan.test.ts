import { describe, expect, it } from 'vitest';
import { uniformIntegers } from '../random.js';
import { compileScanner } from './scan.js';

const PATHS = [
  ['choices', 0, 'text'],
  ['choices', 0, 'finish_reason'],
  ['usage', 'completion_tokens'],
  ['error'],
] as const;

/** What the scanner finds, as JSON.parse reads it; null when it does not understand. */
function found(text: string): unknown[] | null {
  const scanner = compileScanner(PATHS);
  const bytes = Buffer.from(`xx${text}yy`);
  if (!scanner.scan(bytes, 2, bytes.length - 2)) return null;
  return PATHS.map((_, path): unknown => {
    const start = scanner.starts[path] ?? -1;
    if (start < 0) return undefined;
    const value: unknown = JSON.parse(bytes.toString('utf8', start, scanner.ends[path]));
    return value;
  });
}

function wanted(value: unknown): unknown[] {
  return PATHS.map((path) => {
    let at: unknown = value;
    for (const key of path) {
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
      if ((typeof key === 'number') !== Array.isArray(at)) return undefined;
      at = Reflect.get(at, key);
    }
    return at;
  });
}

describe('scanning the JSON of an event', () => {
  it.each([
    '{"id":"x","choices":[{"index":0,"text":" a","finish_reason":null}],"usage":null}',
    '{"usage":{"completion_tokens":12,"prompt_tokens":3},"choices":[]}',
    ' { "choices" : [ { "finish_reason" : "length" , "text" : "" } , { "text" : "other" } ] } ',
    '{"choices":[{"text":"br{ac}es [in] \\"quotes\\" \\\\"}]}',
    '{"choices":[{"text":"é€😀"}],"error":{"message":"no"}}',
    '{"choices":{"0":{"text":"an object is no list"}}}',
    '{"choices":[[{"text":"too deep"}]]}',
    '{"error":"plain","usage":{"completion_tokens":-1.5e3}}',
    '{}',
    '{"choices":[{"text":"first"}],"choices":[{"finish_reason":"stop"}]}',
  ])('finds in %s what JSON.parse finds', (text) => {
    expect(found(text)).toEqual(wanted(JSON.parse(text)));
  });

  it('finds what JSON.parse finds in any JSON', () => {
    const draw = uniformIntegers(1);
    const keys = ['choices', 'text', 'finish_reason', 'usage', 'completion_tokens', 'error', 'a', 'é'];
    const make = (depth: number): unknown => {
      const kind = draw(0, depth > 0 ? 6 : 4);
      if (kind === 0) return null;
      if (kind === 1) return draw(-5, 1e6) / (draw(0, 1) ? 1 : 7);
      if (kind === 2) return ['', 'x', 'a "b" \\', '{"text":1}', '€', '\n]}'][draw(0, 5)];
      if (kind === 3) return draw(0, 1) === 0;
      if (kind === 4) return [];
      if (kind === 5) return Array.from({ length: draw(0, 3) }, () => make(depth - 1));
      return Object.fromEntries(
        Array.from({ length: draw(0, 4) }, () => [keys[draw(0, keys.length - 1)], make(depth - 1)]),
      );
    };
    for (let round = 0; round < 2_000; round += 1) {
      const value = { choices: [make(3), make(2)], usage: make(2), more: make(3), error: make(1) };
      expect(found(JSON.stringify(value, null, draw(0, 1)))).toEqual(wanted(value));
    }
  });

  it.each([
    '',
    ' ',
    '[]',
    '"text"',
    '7',
    '{',
    '{"choices":[',
    '{"choices":[{"text":"a}]}',
    '{"a" 1}',
    '{"a":1}}',
    '{"a":1} {}',
    'nul"l',
  ])('does not understand %j', (text) => {
    expect(found(text)).toBeNull();
  });

  it('leaves keys that are written with escapes to JSON.parse', () => {
    expect(found('{"ch\\u006fices":[{"text":"a"}]}')).toBeNull();
  });

  it('takes any depth that nobody asks for', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(found(`{"deep":${deep},"choices":[{"text":"a"}]}`)).toEqual([
      'a',
      undefined,
      undefined,
      undefined,
    ]);
    expect(found(`{"deep":${'['.repeat(200_000)}`)).toBeNull();
  });
});
