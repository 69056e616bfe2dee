/** Drives the real command as a process, in a folder and with settings of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SIMULATED_ENGINE_PLUGIN, SIMULATED_LLAMA_SERVER } from '@llem/testkit';
import { z } from 'zod';

export const BIN = fileURLToPath(new URL('../bin/run.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Workplace {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs to the end. */
  llem(args: readonly string[], options?: { stdin?: string }): Promise<Finished>;
  /** Starts and leaves running. */
  start(args: readonly string[]): { child: ChildProcess; finished: Promise<Finished> };
  remove(): Promise<void>;
}

/**
 * A temporary folder with configuration, data, cache and locks of its own, so that nothing of the user's takes part and
 * tests may run beside each other. `bin` is the executable, that of this checkout unless another is given.
 */
export async function workplace(bin = BIN): Promise<Workplace> {
  const dir = await mkdtemp(join(tmpdir(), 'llem-e2e-'));
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(LLEM_|NO_COLOR|FORCE_COLOR|VITEST|NODE_ENV|NODE_OPTIONS)/.test(name) &&
      // `npm run --silent` hands it on, and every npm below it would be silent too.
      name.toLowerCase() !== 'npm_config_loglevel',
  );
  const env = {
    ...Object.fromEntries(kept),
    XDG_CONFIG_HOME: join(dir, 'config'),
    XDG_DATA_HOME: join(dir, 'data'),
    XDG_CACHE_HOME: join(dir, 'cache'),
    LLEM_LOCKS: dir,
  };
  const start: Workplace['start'] = (args) => {
    const child = spawn(process.execPath, [bin, ...args], { cwd: dir, env });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const finished = new Promise<Finished>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    });
    return { child, finished };
  };
  return {
    dir,
    env,
    start,
    llem(args, { stdin = '' } = {}) {
      const { child, finished } = start(args);
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(stdin);
      return finished;
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

/** A workplace with the backend `simulated`, whose engines do what an experiment tells them to. */
export async function simulatedWorkplace(): Promise<Workplace> {
  const place = await workplace();
  await linkPlugins(place, { '@llem/simulated-engine': SIMULATED_ENGINE_PLUGIN });
  return place;
}

/** Records plugins as `llem plugins link` does it; `roots` are their folders, by name. */
export async function linkPlugins(
  { dir }: Workplace,
  roots: Readonly<Record<string, string>>,
): Promise<void> {
  const data = join(dir, 'data', 'llem');
  await mkdir(data, { recursive: true });
  const plugins = Object.entries(roots).map(([name, root]) => ({ name, type: 'link', root }));
  const pjson = { private: true, oclif: { schema: 1, plugins } };
  await writeFile(join(data, 'package.json'), JSON.stringify(pjson));
}

/** Makes plugins in folders of the workplace and links them; each file is of the package itself, next to its package.json. */
export async function linkMadePlugins(
  place: Workplace,
  plugins: Readonly<Record<string, { llem: unknown; files?: Readonly<Record<string, string>> }>>,
): Promise<void> {
  await linkPlugins(
    place,
    Object.fromEntries(Object.keys(plugins).map((name) => [name, join(place.dir, name)])),
  );
  for (const [name, { llem, files = {} }] of Object.entries(plugins)) {
    const root = join(place.dir, name);
    await mkdir(root, { recursive: true });
    const pjson = { name, version: '2.0.0', type: 'module', oclif: {}, llem };
    await writeFile(join(root, 'package.json'), JSON.stringify(pjson));
    for (const [file, text] of Object.entries(files)) await writeFile(join(root, file), text);
  }
}

/** Pids of living processes whose environment holds the marker. */
export async function marked(marker: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (environment.includes(marker)) found.push(pid);
  }
  return found;
}

const eventSchema = z.looseObject({
  type: z.string(),
  phase: z.string().optional(),
  dir: z.string().optional(),
  runId: z.string().optional(),
  line: z.string().optional(),
});

export type StudyEvent = z.output<typeof eventSchema>;

/** The events of a `llem run --json`, as they come. */
export async function* eventsOf({ stdout }: ChildProcess): AsyncGenerator<StudyEvent> {
  if (!stdout) throw new Error('its standard output is not piped');
  for await (const line of createInterface({ input: stdout })) yield eventSchema.parse(JSON.parse(line));
}

/** The shortest study that measures something: one experiment, one run. */
export const SHORT_STUDY = `name: short
model: llem/tiny-1m
backend: llamacpp
workload: { concurrency: 2, input_tokens: 16, output_tokens: 8 }
measure: { min_seconds: 1, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 0 } }
execution: { cycles: 1, gaps: { between_runs_s: 0 } }
`;

/** The same with an engine that computes nothing, where the engine is not what is looked at: it would take every processor. */
export const LIGHT_STUDY = `${SHORT_STUDY}llamacpp: { executable: ${SIMULATED_LLAMA_SERVER} }\n`;
