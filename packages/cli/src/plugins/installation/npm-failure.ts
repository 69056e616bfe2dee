/** What npm says of a failure, as one sentence with what to do. Pure. */
import { llemError, type ErrorCode, type LlemError } from '@llem/core';
import { z } from 'zod';
import { oneLine, truncate } from '../../terminal/text.js';

const answerSchema = z.looseObject({
  error: z.looseObject({
    code: z.string().nullish(),
    summary: z.string().nullish(),
    detail: z.string().nullish(),
  }),
});

export interface NpmOutput {
  /** What npm was asked for. */
  readonly subject: string;
  readonly stdout: string;
  readonly stderr: string;
}

const OFFLINE = {
  why: 'the registry cannot be reached',
  remedy:
    'See that this machine is online, and that the `registry`, `proxy` and `cafile` of your .npmrc are right.',
};
const REFUSED = {
  why: 'the registry does not let you have it',
  remedy: 'Log in with `npm login`, or put a token for that registry into your .npmrc.',
};
const NOT_WORKING: Explained = {
  why: 'the registry does not work now',
  remedy: 'Try again later, or tell who runs it.',
};
const NO_RIGHT = {
  why: 'there is no permission to write',
  remedy: 'See who owns the folder that is named, and what of it is read-only.',
};
const NO_ROOM = {
  why: 'the disk is full',
  remedy: 'Make room, in the cache of npm too: `npm cache clean --force`.',
};
const CERTIFICATE = {
  why: 'the certificate of the registry is not trusted',
  remedy: 'Name the file with the certificates of your organisation as `cafile` in your .npmrc.',
};

interface Explained {
  readonly why: string;
  readonly remedy: string;
  /** LLEM_E_INSTALL without it. */
  readonly code?: ErrorCode;
}

/** By npm's code of the error. */
const KNOWN: Readonly<Record<string, Explained>> = {
  E404: {
    why: 'the registry has no such package, or hides it from you',
    remedy: 'See how it is spelled; for a package that is not public, log in with `npm login`.',
    code: 'LLEM_E_PLUGIN_MISSING',
  },
  ETARGET: {
    why: 'the registry has no such version of it, or of what it needs',
    remedy: 'See which there are: `npm view NAME versions`.',
    code: 'LLEM_E_PLUGIN_MISSING',
  },
  E401: REFUSED,
  E403: REFUSED,
  ENEEDAUTH: REFUSED,
  ENOTFOUND: OFFLINE,
  EAI_AGAIN: OFFLINE,
  ECONNREFUSED: OFFLINE,
  ECONNRESET: OFFLINE,
  ETIMEDOUT: OFFLINE,
  EHOSTUNREACH: OFFLINE,
  ENETUNREACH: OFFLINE,
  ERR_SOCKET_TIMEOUT: OFFLINE,
  ENOTCACHED: { why: 'npm is told to work offline, and does not have it', remedy: OFFLINE.remedy },
  EINTEGRITY: {
    why: 'what was fetched is not what the registry says it is',
    remedy:
      'Run it again after `npm cache clean --force`. Where it stays so, do not install it, and tell who runs the registry.',
  },
  TAR_BAD_ARCHIVE: {
    why: 'it is no package of npm, or is broken',
    remedy: 'Fetch it again, or make it with `npm pack`.',
  },
  TAR_ENTRY_ERROR: {
    why: 'a file of it cannot be unpacked here',
    remedy: 'Tell its author, or have your plugins in another file system: XDG_DATA_HOME says where.',
  },
  ENOENT: { why: 'a file of it cannot be found', remedy: 'See that the path is right.' },
  ENOSPC: NO_ROOM,
  EDQUOT: NO_ROOM,
  EACCES: NO_RIGHT,
  EPERM: NO_RIGHT,
  EROFS: NO_RIGHT,
  EALLOWGIT: {
    why: 'it is in a git repository, or needs what is in one, and nothing is installed from there',
    remedy: 'Install a tarball of it, or tell its author to depend on what is in a registry.',
    code: 'LLEM_E_PLUGIN_REFUSED',
  },
  ERESOLVE: {
    why: 'what it needs contradicts what other plugins need',
    remedy: 'Update them with `llem plugins update`, or uninstall the one that is in the way.',
  },
  EBADENGINE: {
    why: 'it needs another version of Node.js',
    remedy: 'Install that, or an older version of the plugin.',
  },
  EBADPLATFORM: {
    why: 'it is for another system or processor',
    remedy: 'See for which its author has it.',
    code: 'LLEM_E_PLUGIN_REFUSED',
  },
  EINVALIDPACKAGENAME: {
    why: 'no package can have that name',
    remedy: 'See how it is spelled.',
    code: 'LLEM_E_USAGE',
  },
  EINVALIDTAGNAME: {
    why: 'no version can be called that',
    remedy: 'See how it is spelled.',
    code: 'LLEM_E_USAGE',
  },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: CERTIFICATE,
  SELF_SIGNED_CERT_IN_CHAIN: CERTIFICATE,
  DEPTH_ZERO_SELF_SIGNED_CERT: CERTIFICATE,
  CERT_HAS_EXPIRED: CERTIFICATE,
};

/** A file that could not be unpacked, on a full disk for example: npm goes on without it, and says that all is well. */
const TORN = /^npm warn tar TAR_ENTRY_ERROR (?:(E[A-Z]+): )?(.*)$/m;

/** Whether npm has left out files of a package. */
export function isTorn(stderr: string): boolean {
  return TORN.test(stderr);
}

/** npm knows by its path what a file held that another plugin was installed from. */
const OTHER_FILE: Explained = {
  why: 'another plugin was installed from that file, which has changed since',
  remedy: 'Give the tarball a name of its own, or uninstall that plugin first.',
};

/** LLEM_E_INSTALL, or a finer code; without a secret. Total. */
export function npmFailure({ subject, stdout, stderr }: NpmOutput): LlemError {
  const { code, summary } = answerOf(stdout, stderr);
  const isOtherFile = code === 'EINTEGRITY' && subject.startsWith('file:');
  const known: Explained | undefined = isOtherFile
    ? OTHER_FILE
    : (KNOWN[code ?? ''] ?? (/^E(?:429|5\d\d)$/.test(code ?? '') ? NOT_WORKING : undefined));
  const said = truncate(withoutSecrets(oneLine(summary)), 300);
  const lacking = code === 'E404' ? otherPackage(summary, subject) : null;
  const why =
    lacking === null
      ? (known?.why ?? 'npm failed')
      : `it needs ${lacking}, which the registry does not have, or hides from you`;
  const message = `${withoutSecrets(oneLine(subject))}: ${why}.${said === '' ? '' : ` npm says: ${said}`}`;
  return llemError(known?.code ?? 'LLEM_E_INSTALL', message, {
    remedy: `${lacking === null ? (known?.remedy ?? 'Try the same with npm itself: `npm install NAME` in an empty folder.') : 'Tell its author, or name the registry that has it in your .npmrc.'} What was installed before is unchanged.`,
  });
}

/** The package that a registry does not have, where it is not the one that was asked for but one that this needs. */
function otherPackage(summary: string, subject: string): string | null {
  const path = /GET [a-z]+:\/\/[^\s/]+\/(\S+)/.exec(summary)?.[1];
  // Of a tarball the address says nothing of whose it is.
  if (path?.endsWith('.tgz') === true) return null;
  const name =
    path
      ?.replace(/%2f/i, '/')
      .split('/')
      .slice(-2)
      .join('/')
      .replace(/^[^@].*\//, '') ?? '';
  const isAskedFor = name === '' || subject === name || subject.startsWith(`${name}@`);
  return isAskedFor ? null : name;
}

function answerOf(stdout: string, stderr: string): { code: string | null; summary: string } {
  const torn = TORN.exec(stderr);
  // What follows from it is no news.
  if (torn !== null) {
    const [, code = '', summary = ''] = torn;
    return { code: code in KNOWN ? code : 'TAR_ENTRY_ERROR', summary };
  }
  const code = /^npm error code (\S+)$/m.exec(stderr)?.[1] ?? null;
  try {
    const { error } = answerSchema.parse(JSON.parse(stdout));
    return { code: error.code ?? code, summary: firstSentence(error.summary || error.detail || '') };
  } catch {
    const line = stderr
      .split('\n')
      .find((one) => one.startsWith('npm error ') && !one.startsWith('npm error code'));
    return { code, summary: line?.slice('npm error '.length) ?? firstSentence(stderr) };
  }
}

function firstSentence(text: string): string {
  return text.split('\n').find((line) => line.trim() !== '') ?? '';
}

/** Passwords and queries of URLs, and tokens, as npm might quote them, replaced by stars. */
export function withoutSecrets(text: string): string {
  return (
    text
      .replace(/([a-z+]+:\/\/)[^\s/@]+@/gi, '$1***@')
      // Any part of a query may be one: `sig`, `X-Amz-Signature`.
      .replace(/([a-z+]+:\/\/[^\s?"']*\?)[^\s#"']+/gi, '$1***')
      .replace(/(_authToken|_auth|_password|token|bearer|basic)([=: ]+)[^\s&"']+/gi, '$1$2***')
      .replace(/\b(npm_|gh[a-z]_|glpat-)[A-Za-z0-9_-]{10,}/g, '$1***')
  );
}
