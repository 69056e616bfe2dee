/** Faults of plugins, told as theirs: what is thrown, what is rejected, what is answered, and what is none of it. */
import { llemError, type Backend, type Runner } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { attributed } from './attributed.js';

const FACTS = {
  name: 'm',
  revision: null,
  weightsHash: null,
  tokenizerRevision: null,
  randomWeights: false,
  parameters: null,
  contextLength: null,
  promptTokenIds: null,
  tokenizerPath: null,
};
const DIALECT = {
  path: '/v1/completions',
  headers: {},
  body: { prompt: '{prompt}' },
  stream: {
    done: '[DONE]',
    text: [['choices', 0, 'text']],
    finishReason: ['choices', 0, 'finish_reason'],
    error: ['error'],
    eventPerToken: true,
    usage: { input: ['i'], output: ['o'], cachedInput: ['c'] },
  },
};

/** As a plugin in plain JavaScript brings them: of whatever shape. */
const backendWith = (functions: object): Backend =>
  attributed('backend', z.custom<Backend>().parse(functions), (what, cause) => {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    return new Error(`it ${what}${why}`, { cause });
  });

/** Only that there is one counts: these functions look at nothing that they are given. */
const nothing = z.custom<never>();
const given = nothing.parse(undefined);
const signal = new AbortController().signal;

/** Without arguments. */
const call = (instance: object, name: string): unknown =>
  z.custom<() => unknown>().parse(Reflect.get(instance, name))();

describe('what is thrown', () => {
  it('is told with the function, whether it is thrown or rejected', async () => {
    const backend = backendWith({
      service() {
        throw new TypeError('no x of null');
      },
      prepare: () => Promise.reject(new Error('no luck')),
    });
    expect(() => backend.service(given, given, given, given)).toThrow('it failed in `service`: no x of null');
    await expect(backend.prepare(given, signal)).rejects.toThrow('it failed in `prepare`: no luck');
  });

  it('stays what it is where it is an error of the catalogue, or comes after an abort', async () => {
    const known = llemError('LLEM_E_PREPARE', 'no such model', { remedy: 'Name another.' });
    const ended = new AbortController();
    ended.abort();
    const late = new Error('the connection is gone');
    const backend = backendWith({
      prepare: (_: unknown, asked: AbortSignal) => Promise.reject(asked.aborted ? late : known),
    });
    await expect(backend.prepare(given, signal)).rejects.toBe(known);
    await expect(backend.prepare(given, ended.signal)).rejects.toBe(late);
  });
});

describe('what is answered', () => {
  it.each([
    [
      'prepare',
      { modelRef: 'm', model: { ...FACTS, parameters: undefined } },
      'prepare().model.parameters: missing',
    ],
    ['prepare', undefined, 'prepare(): missing'],
    ['service', { command: [], env: {} }, 'service().command'],
    [
      'dialect',
      { ...DIALECT, stream: { ...DIALECT.stream, text: undefined } },
      'dialect().stream.text: missing',
    ],
    ['constraints', null, 'constraints(): expected a list'],
    ['checks', [{ id: 'a', title: 'b' }], 'checks()[0].run: expected a function'],
    ['diagnose', 'it fell over', 'diagnose()'],
  ] as const)('%s: %j is refused', async (name, answer, said) => {
    const backend = backendWith({ [name]: () => answer });
    const asked = new Promise((resolve) => resolve(call(backend, name)));
    await expect(asked).rejects.toThrow(`it gave what its contract does not: ${said}`);
  });

  it('is the very one where it is sound', async () => {
    const artifacts = { modelRef: 'm', model: FACTS };
    const backend = backendWith({ prepare: () => Promise.resolve(artifacts), dialect: () => DIALECT });
    expect(await backend.prepare(given, signal)).toBe(artifacts);
    expect(backend.dialect(given, given, given)).toBe(DIALECT);
  });
});

describe('the instance', () => {
  it('is asked as itself, frozen or with private fields, and lacks what it lacks', async () => {
    class Counting {
      #count = 0;
      readonly place = 'process';
      target() {
        this.#count += 1;
        return Promise.resolve({ host: '127.0.0.1', port: this.#count });
      }
    }
    const made = Object.freeze(new Counting());
    const runner = attributed('runner', z.custom<Runner>().parse(made), (what) => new Error(what));
    await runner.target();
    expect(await runner.target()).toEqual({ host: '127.0.0.1', port: 2 });
    expect(runner.place).toBe('process');
    expect('target' in runner).toBe(true);
    expect('prepare' in runner).toBe(false);
  });
});
