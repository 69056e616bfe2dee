import { expect, it, vi } from 'vitest';
import { createScope, token } from './scope.js';

const NAME = token<string>('test-name');
const GREETING = token<{ text: string }>('test-greeting');

it('asks a factory once, with what was provided before', () => {
  const scope = createScope();
  const factory = vi.fn((inner: typeof scope) => ({ text: `hello ${inner.get(NAME)}` }));
  scope.provide(GREETING, factory);
  scope.provide(NAME, () => 'you');
  expect(scope.get(GREETING)).toEqual({ text: 'hello you' });
  expect(scope.get(GREETING)).toBe(scope.get(GREETING));
  expect(factory).toHaveBeenCalledTimes(1);
});

it('lets a child see its parent, and not the other way round', () => {
  const parent = createScope();
  parent.provide(NAME, () => 'parent');
  const child = parent.child();
  child.provide(GREETING, (scope) => ({ text: scope.get(NAME) }));
  expect(child.get(GREETING)).toEqual({ text: 'parent' });
  expect(() => parent.get(GREETING)).toThrow('llem.test-greeting');
});

it('keeps two scopes apart', () => {
  const [one, other] = [createScope(), createScope()];
  one.provide(NAME, () => 'one');
  expect(() => other.get(NAME)).toThrow();
});
