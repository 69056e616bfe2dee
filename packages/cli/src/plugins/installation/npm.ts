/** npm, of the version that @oclif/plugin-plugins brings: the one file that knows where it is and how it is asked. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join, dirname } from 'node:path';
import { isTorn, npmFailure } from './npm-failure.js';

/** Ends npm when llem has ended, however it did: what npm writes into is then removed. */
const END_WITH_LLEM = new URL('./end-with-llem.js', import.meta.url).href;
const RETRY_TIMES = new URL('./retry-times.js', import.meta.url).href;

/** Given with every command, so that neither an .npmrc nor a variable of npm's sends it elsewhere or lets scripts run. */
const ALWAYS = [
  '--json',
  '--global=false',
  '--location=project',
  '--workspaces=false',
  // To make a package of a repository npm runs itself in it, which then does what the repository's own .npmrc says.
  '--allow-git=none',
  '--dry-run=false',
  '--package-lock=true',
  // Where each package comes from is read from the lock file.
  '--omit-lockfile-registry-resolved=false',
  '--audit=false',
  '--fund=false',
  '--update-notifier=false',
  '--progress=false',
  // What it could not unpack is only a warning of npm's.
  '--loglevel=warn',
];
const NO_SCRIPTS = '--ignore-scripts=true';

/** A folder with a package.json, and what to say went wrong there. */
export interface NpmPlace {
  readonly folder: string;
  /** For messages: `@llem/backend-sglang`, or the path of a tarball. */
  readonly subject: string;
}

/** Installs what `spec` names, and what it needs, and writes both into package.json. Runs no script. Throws LLEM_E_INSTALL. */
export async function npmInstall(place: NpmPlace, spec: string): Promise<void> {
  await npm(place, ['install', NO_SCRIPTS, '--omit=dev', '--prefer-online', '--save', '--', spec]);
}

/** Removes packages, and what nothing else needs. Runs no script. Throws LLEM_E_INSTALL. */
export async function npmUninstall(place: NpmPlace, names: readonly string[]): Promise<void> {
  await npm(place, ['uninstall', NO_SCRIPTS, '--omit=dev', '--save', '--', ...names]);
}

/** Runs the install scripts of packages that are there: `name@version`. Throws LLEM_E_INSTALL. */
export async function npmRunScripts(place: NpmPlace, packages: readonly string[]): Promise<void> {
  await npm(place, ['rebuild', '--ignore-scripts=false', '--', ...packages]);
}

/** Standard output. npm's own words go no further than into the one message of a failure. */
async function npm({ folder, subject }: NpmPlace, args: readonly string[]): Promise<string> {
  const preloaded = ['--import', END_WITH_LLEM, '--import', RETRY_TIMES];
  const argv = [...preloaded, npmProgram(), ...ALWAYS, '--prefix', folder, ...args];
  // The scripts that it runs end with it: they are of one group of processes.
  const detached = process.platform !== 'win32';
  const child = spawn(process.execPath, argv, { cwd: folder, stdio: 'pipe', detached });
  child.on('exit', () => endGroup(child.pid));
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code === 0 && !isTorn(stderr)) return stdout;
  throw npmFailure({ subject, stdout, stderr });
}

/** What scripts have left running. */
function endGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // There is nobody, which is how it should be.
  }
}

function npmProgram(): string {
  const ofPluginPlugins = createRequire(import.meta.resolve('@oclif/plugin-plugins'));
  return join(dirname(ofPluginPlugins.resolve('npm/package.json')), 'bin', 'npm-cli.js');
}
