/** Dependency injection: tsyringe without decorators, behind tokens that carry their type. */
import 'reflect-metadata';
import { container, instanceCachingFactory, type DependencyContainer } from 'tsyringe';

/** Names a dependency. `Symbol.for` keeps it the same in two copies of this package. */
export interface Token<T> {
  readonly key: symbol;
  /** Never set; ties the token to the type of what it stands for. */
  readonly stands?: T;
}

export function token<T>(name: string): Token<T> {
  return { key: Symbol.for(`llem.${name}`) };
}

/** A container in which factories are asked at most once each; a child sees all of its parent. */
export interface Scope {
  provide<T>(token: Token<T>, factory: (scope: Scope) => T): void;
  /** Throws when nothing was provided for the token: a mistake in the composition, not of the user. */
  get<T>(token: Token<T>): T;
  child(): Scope;
}

export function createScope(): Scope {
  return scopeOver(container.createChildContainer());
}

function scopeOver(inner: DependencyContainer): Scope {
  const scope: Scope = {
    provide: (token, factory) => {
      inner.register(token.key, { useFactory: instanceCachingFactory(() => factory(scope)) });
    },
    get: (token) => inner.resolve(token.key),
    child: () => scopeOver(inner.createChildContainer()),
  };
  return scope;
}
