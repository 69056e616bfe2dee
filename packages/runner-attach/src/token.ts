/** The bearer token of a server, from the environment and into headers alone. */
import type { FailureCause } from '@llem/core';
import type { AttachOptions } from './options.js';

export type TokenFound = { readonly token: string | null } | { readonly cause: FailureCause };

export function tokenOf(
  { token_env: name }: AttachOptions,
  env: NodeJS.ProcessEnv = process.env,
): TokenFound {
  if (name === undefined) return { token: null };
  const token = env[name] ?? '';
  if (token === '')
    return {
      cause: {
        class: 'token-missing',
        message: `The environment variable ${name}, which is to hold the token of the server (token_env), is not set.`,
        remedy: `Set ${name}, or leave token_env out where the server wants no token.`,
      },
    };
  if (/^[\x21-\x7e]+$/.test(token)) return { token };
  return {
    cause: {
      class: 'token-missing',
      message: `What stands in ${name} (token_env) is no token: it has spaces, line ends or letters in it that no header takes.`,
      remedy: `Set ${name} to the token alone.`,
    },
  };
}

/** Of a server that answers 401 or 403. */
export function refusedToken(url: string, status: number, { token_env: name }: AttachOptions): FailureCause {
  return name === undefined
    ? {
        class: 'token-refused',
        message: `${url} wants a token (HTTP ${status}).`,
        remedy:
          'Name the environment variable that holds it: `runner: { type: attach, url: ..., token_env: NAME }`.',
      }
    : {
        class: 'token-refused',
        message: `${url} does not accept the token in ${name} (HTTP ${status}).`,
        remedy: `Set ${name} to the token that the server was given.`,
      };
}
