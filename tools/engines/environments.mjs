// Virtual environments of real engines, outside the checkout: made when they are not there, used again when they are.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Resolves and installs in seconds what takes pip minutes, and can replace a requirement of a package by another. */
const INSTALLER = 'uv==0.13.9';
/** Versions that all of these packages have been built for. */
const PYTHONS = ['python3.12', 'python3.11', 'python3.13', 'python3'];
/** Raised when the way of installing changes. */
const LAYOUT = 1;

/** Why an engine is not to be had here, for people. */
export class NotToBeHad extends Error {}

/** Where the environments are: LLEM_TEST_ENGINES_DIR, or in the user's folder for caches. */
export function enginesFolder(env = process.env) {
  const caches = env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return env.LLEM_TEST_ENGINES_DIR || join(caches, 'llem', 'test-engines');
}

/** The environment of an engine below `folder`: `{ venv, sitePackages, installedInS }`, the last null when it was there. */
export async function environmentOf(engine, folder) {
  const { packages, overrides } = engine;
  const wanted = JSON.stringify([LAYOUT, INSTALLER, packages, overrides]);
  const name = `${packages[0].split('==')[0]}-${createHash('sha256').update(wanted).digest('hex').slice(0, 8)}`;
  const venv = join(folder, name);
  const done = join(venv, 'llem-complete');
  const isThere = (await readFile(done, 'utf8').catch(() => '')) === wanted;
  const startedAt = performance.now();
  if (!isThere) {
    await makeEnvironment(engine, folder, venv);
    await writeFile(done, wanted);
  }
  const sitePackages = await sitePackagesOf(venv);
  await engine.complete({ venv, sitePackages });
  return { venv, sitePackages, installedInS: isThere ? null : (performance.now() - startedAt) / 1000 };
}

async function makeEnvironment({ packages, overrides, diskGiB }, folder, venv) {
  await rm(venv, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await checkRoom(folder, diskGiB);
  const python = await findPython();
  const uv = await installerIn(folder, python);
  await install(uv, ['venv', '--quiet', '--python', python, venv]);
  const replaced = join(venv, 'llem-overrides.txt');
  await writeFile(replaced, overrides.map((line) => `${line}\n`).join(''));
  const into = ['--python', join(venv, 'bin', 'python'), '--override', replaced];
  await install(uv, ['pip', 'install', '--system-certs', '--no-build', ...into, ...packages]);
}

async function sitePackagesOf(venv) {
  const [python = ''] = (await readdir(join(venv, 'lib'))).filter((name) => name.startsWith('python'));
  return join(venv, 'lib', python, 'site-packages');
}

async function checkRoom(folder, neededGiB) {
  const { bavail, bsize } = await statfs(folder);
  const freeGiB = (bavail * bsize) / 2 ** 30;
  if (freeGiB >= neededGiB) return;
  throw new NotToBeHad(
    `it takes about ${neededGiB} GiB and ${folder} has ${freeGiB.toFixed(1)} GiB free; LLEM_TEST_ENGINES_DIR names another folder`,
  );
}

/** A Python 3.11 or newer with the module venv. Some commands of that name only say that there is none. */
async function findPython() {
  const question =
    'import ensurepip, sys, venv; print(sys.executable if sys.version_info >= (3, 11) else "")';
  for (const name of PYTHONS) {
    const path = await run(name, ['-c', question]).then(
      ({ stdout }) => stdout.trim(),
      () => '',
    );
    if (path !== '') return path;
  }
  throw new NotToBeHad('it needs Python 3.11 or newer, with the modules venv and ensurepip');
}

/** The installer, in an environment of its own. */
async function installerIn(folder, python) {
  const venv = join(folder, 'installer');
  const uv = join(venv, 'bin', 'uv');
  const version = await run(uv, ['--version']).catch(() => ({ stdout: '' }));
  if (version.stdout.includes(INSTALLER.split('==')[1])) return uv;
  await rm(venv, { recursive: true, force: true });
  await install(python, ['-m', 'venv', venv]);
  await install(join(venv, 'bin', 'python'), [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--retries',
    '1',
    INSTALLER,
  ]);
  return uv;
}

/** Runs a command of the installation; throws with the last of what it said. */
async function install(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (said = (said + text).slice(-2_000)));
  const [code, signal] = await once(child, 'close');
  if (code === 0) return;
  throw new NotToBeHad(`${[command, ...args].join(' ')} ended with ${signal ?? code}:\n${said.trim()}`);
}
