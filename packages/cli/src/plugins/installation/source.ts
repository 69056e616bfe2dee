/** What a user asks to install: a name of the registry, a tarball, or an address. */
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { llemError } from '@llem/core';
import { ifThere } from '../store/absent.js';
import { withoutSecrets } from './npm-failure.js';
import { plain } from './plain.js';

export type PluginSource =
  | {
      readonly kind: 'registry';
      readonly name: string;
      /** A version, a range or a dist-tag. */
      readonly tag: string;
      /** What npm is told. */
      readonly spec: string;
    }
  | { readonly kind: 'elsewhere'; readonly spec: string };

/** Names as npm has them, in small letters since 2014: `foo`, `@scope/foo`. */
export const NAME = /^(?:@[a-z0-9][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*$/;
const REPOSITORY =
  /^(?:git:|git\+[a-z]+:|ssh:|github:|gitlab:|bitbucket:|gist:|git@|[^\s/@]+@[^\s/:]+:\S+\.git(?:#|$))/i;

/** Throws LLEM_E_USAGE for what none can be. */
export async function parseSource(text: string): Promise<PluginSource> {
  if (/^https?:/i.test(text)) return { kind: 'elsewhere', spec: text };
  if (REPOSITORY.test(text)) {
    throw llemError('LLEM_E_USAGE', `${withoutSecrets(plain(text))} is a git repository.`, {
      remedy:
        'Name a tarball of it by its address (https:), or clone it, look at it, build it, and make one with `npm pack`. From a repository npm would run what it says before you have seen it.',
    });
  }
  if (/^(?!file:)[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    throw llemError('LLEM_E_USAGE', `${withoutSecrets(plain(text))} is no address that npm fetches from.`, {
      remedy: 'Name one that begins with https://, or fetch the tarball and name its file.',
    });
  }
  if (isPath(text)) return { kind: 'elsewhere', spec: `file:${await tarball(text)}` };
  const at = text.indexOf('@', 1);
  const name = at === -1 ? text : text.slice(0, at);
  const tag = at === -1 ? 'latest' : text.slice(at + 1);
  if (!NAME.test(name) || name.length > 214 || !/^[^\s:/\\]+$/.test(tag)) {
    throw llemError('LLEM_E_USAGE', `"${text}" is no name of a package.`, {
      remedy:
        'Name one as the registry does (`@llem/backend-sglang`, `llem-backend-foo@1.2`), or the path of a tarball (`./foo.tgz`), or an address.',
    });
  }
  return { kind: 'registry', name, tag, spec: `${name}@${tag}` };
}

function isPath(text: string): boolean {
  return /^(?:file:|\.{1,2}(?:\/|$)|~?\/)/.test(text) || /\.(?:tgz|tar\.gz|tar)$/.test(text);
}

async function tarball(text: string): Promise<string> {
  const written = text.replace(/^file:(?:\/\/(?=\/))?/, '');
  const path = resolve(written.startsWith('~/') ? join(homedir(), written.slice(2)) : written);
  const found = await ifThere(stat(path));
  if (found === null) {
    throw llemError('LLEM_E_USAGE', `There is no file ${path}.`, { remedy: 'See that the path is right.' });
  }
  if (!found.isFile() && !found.isDirectory()) {
    throw llemError('LLEM_E_USAGE', `${path} is no file.`, { remedy: 'Name the file of a tarball.' });
  }
  if (found.isDirectory()) {
    throw llemError('LLEM_E_USAGE', `${path} is a folder; what is installed is a tarball.`, {
      remedy: `To use the folder as it is, link it: \`llem plugins link ${written}\`. To install it, make a tarball of it with \`npm pack\`.`,
    });
  }
  return path;
}
