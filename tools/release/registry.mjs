// What npm's registry has, and putting packages into it. Which registry that is, and who publishes, is npm's configuration.
import { npm, withoutSecrets } from './command.mjs';
import { ReleaseError } from './error.mjs';

/** At most so many npm at a time: each is a process that computes for a third of a second. */
const AT_ONCE = 4;

export async function registryUrl(root) {
  const { stdout } = await npm(['config', 'get', 'registry'], { cwd: root });
  return withoutSecrets(stdout.trim());
}

/** Name of the user that npm is logged in as; null where it is not. */
export async function whoami(root) {
  const { code, stdout, stderr } = await npm(['whoami'], { cwd: root });
  if (code === 0) return stdout.trim();
  if (/\b(ENEEDAUTH|E401|E403)\b/.test(stderr)) return null;
  throw unreachable(stderr);
}

/** Those of these packages whose version the registry lacks, in the same order. */
export async function missing(packages, root) {
  const waiting = packages.map((one, index) => [index, one]);
  const lacking = new Map();
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, one] = next;
      if (!(await has(one.manifest, root))) lacking.set(index, one);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return packages.filter((_, index) => lacking.has(index));
}

async function has({ name, version }, root) {
  const args = ['view', `${name}@${version}`, 'version', '--json', '--prefer-online'];
  const { code, stdout, stderr } = await npm(args, { cwd: root });
  if (code === 0) return stdout.trim() !== '';
  if (/\bE404\b/.test(stderr)) return false;
  throw unreachable(stderr);
}

/** Publishes a tarball as it is. Throws what npm says. */
export async function publish({ path }, { tag, isSigned, root }) {
  const args = ['publish', path, '--access', 'public', '--tag', tag, '--ignore-scripts'];
  const { code, stderr } = await npm(isSigned ? [...args, '--provenance'] : args, { cwd: root });
  if (code !== 0) throw new Error(errorLines(stderr));
}

/** npm's own notices around an error are of no use here. */
const errorLines = (stderr) =>
  withoutSecrets(stderr)
    .split('\n')
    .filter((line) => line.startsWith('npm error') && !line.includes('A complete log of this run'))
    .map((line) => line.replace(/^npm error ?/, ''))
    .join('\n')
    .trim() || withoutSecrets(stderr).trim();

const unreachable = (stderr) =>
  new ReleaseError(
    `the registry does not answer: ${errorLines(stderr)}`,
    'Check `npm config get registry` and the connection (`npm ping`).',
  );
