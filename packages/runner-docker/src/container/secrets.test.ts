/** What must not be in a log, and that it is not, however it comes. */
import { describe, expect, it } from 'vitest';
import { createMask, secretsOf, takenFrom } from './secrets.js';

describe('secrets of an environment', () => {
  it.each([
    ['HF_TOKEN', 'hf_abcdef'],
    ['VLLM_API_KEY', 'abcdef'],
    ['AWS_SECRET_ACCESS_KEY', 'abcdef'],
    ['db_password', 'abcdef'],
    ['TOKEN2', 'abcdef'],
  ])('are what %s holds', (name, value) => {
    expect(secretsOf({ [name]: value })).toEqual([value]);
  });

  it.each([
    ['MAX_TOKENS', '4096000'],
    ['TOKENIZERS_PARALLELISM', 'false!'],
    ['PAD_TOKEN', '0'],
    ['KEYBOARD', 'qwertz'],
    ['HTTP_PROXY', 'http://proxy.example:3128'],
  ])('are not what %s holds', (name, value) => {
    expect(secretsOf({ [name]: value })).toEqual([]);
  });

  it('are name and password of an address, as they stand there and as they are meant', () => {
    expect(secretsOf({ HTTPS_PROXY: 'http://jo:pass%40word@proxy.example:3128' })).toEqual([
      'jo:pass%40word',
      'pass%40word',
      'pass@word',
    ]);
  });
});

it('are a token before the host of an address', () => {
  expect(secretsOf({ INDEX: 'https://abcdef@pypi.example/simple' })).toEqual(['abcdef']);
});

it('are what a study takes from the environment of llem, whatever its name, and nothing else of it', () => {
  const own = { MY_AUTH: 'opensesame', OTHER: 'not taken', HOME: '/home/jo', SHORT: 'on' };
  const written = { MY_AUTH: 'Bearer opensesame', CACHE: '/home/jo/cache', MODE: 'on' };
  expect(secretsOf(written, takenFrom(own, written))).toEqual(['opensesame']);
});

describe('a mask', () => {
  const masked = (secrets: string[], pieces: string[]) => {
    const mask = createMask(secrets);
    const parts = pieces.map((piece) => mask.next(Buffer.from(piece)));
    return { parts: parts.map(String), text: Buffer.concat([...parts, mask.end()]).toString() };
  };

  it('replaces secrets, also where pieces end within them', () => {
    const text = 'token=hf_secret, again hf_secret.';
    for (let at = 0; at <= text.length; at += 1) {
      for (let to = at; to <= text.length; to += 1) {
        const pieces = [text.slice(0, at), text.slice(at, to), text.slice(to)];
        expect(masked(['hf_secret'], pieces).text).toBe('token=***, again ***.');
      }
    }
  });

  it.each([
    ['one of which begins the other', ['secret-longer', 'secret'], ['a secret', '-longer b'], 'a *** b'],
    ['of which only the shorter comes', ['secret-longer', 'secret'], ['a secret', '-lo, b'], 'a ***-lo, b'],
    ['that end as they begin', ['abcabc'], ['x abc', 'abc', 'abcabc y'], 'x ****** y'],
    ['that come at the end of the stream', ['secret-longer', 'secret'], ['a secret'], 'a ***'],
    ['with signs of patterns', ['a+b(c*$'], ['x a+b(', 'c*$ y'], 'x *** y'],
    ['that are no ASCII', ['gehëim-wört'], ['ä gehëim-wört ö'], 'ä *** ö'],
  ])('replaces secrets %s', (_, secrets, pieces, expected) => {
    expect(masked(secrets, pieces).text).toBe(expected);
  });

  it('keeps nothing back that can be no beginning of a secret', () => {
    expect(masked(['secret'], ['a line\n', 'sec', 'ond\n']).parts).toEqual(['a line\n', '', 'second\n']);
  });

  it('leaves bytes that are no text as they are', () => {
    const bytes = Buffer.from([0, 255, 128, 195]);
    const mask = createMask(['secret']);
    expect(Buffer.concat([mask.next(bytes), mask.end()])).toEqual(bytes);
  });
});
