/** An image from nothing: files of this machine as the one layer of an image, without a registry. */
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { askDocker, failureIn } from './api.js';

/**
 * What stands at a path of an image: a text (a program where it begins with `#!`), a copy of a file or folder of this machine, a
 * symbolic link, or an empty folder with a mode.
 */
export type ImageFile =
  string | { readonly copyOf: string } | { readonly linkTo: string } | { readonly folderMode: number };

/** By absolute path. Later ones of a spread replace earlier ones. */
export type ImageFiles = Readonly<Record<string, ImageFile>>;

export interface ImageOptions {
  /** With or without a tag. */
  readonly name: string;
  readonly files: ImageFiles;
  readonly env?: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Makes an image and returns its id. Throws what the engine says. */
export async function importImage(
  daemon: { readonly socketPath: string },
  options: ImageOptions,
): Promise<string> {
  const query = new URLSearchParams({ fromSrc: '-', repo: options.name });
  for (const change of changes(options)) query.append('changes', change);
  const root = mkdtempSync(join(tmpdir(), 'llem-image-'));
  try {
    for (const [path, file] of Object.entries(options.files)) put(join(root, path), file);
    // What is made in a folder for one user, others are to read in the container.
    chmodSync(root, 0o755);
    const archive = ['--owner=0', '--group=0', '--numeric-owner', '-C', root, '-c', '.'];
    const tar = spawn('tar', archive, { stdio: ['ignore', 'pipe', 'pipe'] });
    const [answer, complaint, code] = await Promise.all([
      askDocker(daemon.socketPath, 'POST', `/images/create?${query.toString()}`, { body: tar.stdout }),
      text(tar.stderr),
      new Promise<number | null>((resolve) => tar.on('close', resolve)),
    ]);
    const failure = answer.status === 200 ? failureIn(answer.body) : answer.body;
    if (code !== 0 || failure !== null) {
      throw new Error(`Image ${options.name} was not made: ${failure ?? complaint}`);
    }
    return /sha256:[0-9a-f]{64}/.exec(answer.body)?.[0] ?? '';
  } finally {
    rmSync(root, { recursive: true });
  }
}

function put(path: string, file: ImageFile): void {
  mkdirSync(dirname(path), { recursive: true });
  if (typeof file === 'string') {
    writeFileSync(path, file);
    chmodSync(path, file.startsWith('#!') ? 0o755 : 0o644);
  } else if ('copyOf' in file) {
    cpSync(file.copyOf, path, { recursive: true, dereference: true });
  } else if ('linkTo' in file) {
    symlinkSync(file.linkTo, path);
  } else {
    mkdirSync(path, { recursive: true });
    chmodSync(path, file.folderMode);
  }
}

/** Lines of a Dockerfile. */
function changes({ env = {}, labels = {}, entrypoint, cmd, workdir, user }: ImageOptions): string[] {
  const pairs = (keyword: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([name, value]) => `${keyword} ${name}="${value.replace(/[\\"$]/g, '\\$&')}"`);
  return [
    ...pairs('ENV', env),
    ...pairs('LABEL', labels),
    ...(entrypoint ? [`ENTRYPOINT ${JSON.stringify(entrypoint)}`] : []),
    ...(cmd ? [`CMD ${JSON.stringify(cmd)}`] : []),
    ...(workdir === undefined ? [] : [`WORKDIR ${workdir}`]),
    ...(user === undefined ? [] : [`USER ${user}`]),
  ];
}
