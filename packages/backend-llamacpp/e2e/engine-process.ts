/** Starts the built engine as the backend says, for tests. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  workloadSchema,
  type Artifacts,
  type DatasetFacts,
  type Experiment,
  type ServiceExit,
} from '@llem/core';
import { z } from 'zod';
// The engine is a process: what is tested is what was built.
import { create } from '../dist/index.js';

export const cacheDir = mkdtempSync(join(tmpdir(), 'llem-engine-'));

export function experimentWith(
  workload: z.input<typeof workloadSchema> = {},
  model = 'llem/tiny-1m',
): Experiment {
  return {
    id: '000000000000',
    label: 'test',
    asked: {},
    factors: {},
    model,
    backend: 'llamacpp',
    runner: null,
    devices: null,
    workload: workloadSchema.parse({ input_tokens: 16, output_tokens: 16, ...workload }),
    measure: {
      min_seconds: 1,
      idle_bare_s: 0,
      settle_s: 0,
      idle_loaded_s: 0,
      warmup: { max_s: 0 },
    },
    options: {},
  };
}

/** Of prompts that are all different. */
export const dataset: DatasetFacts = {
  revision: null,
  hash: null,
  prompts: null,
  sharedPrefix: false,
  repeats: false,
  records: null,
};

export const backendWith = (options: Readonly<Record<string, unknown>> = {}) => create({ cacheDir }, options);

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  server.close();
  await once(server, 'close');
  return port;
}

export interface EngineProcess {
  readonly baseUrl: string;
  readonly child: ChildProcess;
  /** Settles when the process has ended. */
  readonly exited: Promise<ServiceExit>;
  log(): string;
}

/** Starts it without waiting for readiness. */
export async function launchEngine(
  options: Readonly<Record<string, unknown>>,
  experiment: Experiment,
  { port, artifacts }: { port?: number; artifacts?: Artifacts } = {},
): Promise<EngineProcess> {
  const backend = backendWith(options);
  const signal = new AbortController().signal;
  const target = { host: '127.0.0.1', port: port ?? (await freePort()) };
  const spec = backend.service(
    experiment,
    artifacts ?? (await backend.prepare(experiment, signal)),
    target,
    [],
  );
  const [program, ...flags] = spec.command;
  const child = spawn(program, flags, {
    env: { ...process.env, ...spec.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const keep = (piece: Buffer) => (log += piece.toString('utf8'));
  child.stderr.on('data', keep);
  child.stdout.on('data', keep);
  const exited = new Promise<ServiceExit>((resolve) => {
    child.on('close', (code, by) => resolve({ code, signal: by }));
  });
  return { baseUrl: `http://127.0.0.1:${target.port}`, child, exited, log: () => log };
}

/** Starts it and waits until it can serve. */
export async function startEngine(
  options: Readonly<Record<string, unknown>> = {},
  experiment = experimentWith(),
): Promise<EngineProcess> {
  const engine = await launchEngine(options, experiment);
  for (;;) {
    if (engine.child.exitCode !== null) throw new Error(`the engine ended:\n${engine.log()}`);
    const ready = await fetch(`${engine.baseUrl}/health`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return engine;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function stopEngine(engine: EngineProcess): Promise<ServiceExit> {
  engine.child.kill('SIGTERM');
  return engine.exited;
}

const usageSchema = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number(),
});
const answerSchema = z.object({
  choices: z.array(z.object({ text: z.string(), finish_reason: z.string().nullable() })),
  usage: usageSchema.optional(),
});

export function post(
  engine: EngineProcess,
  body: unknown,
  path = '/v1/completions',
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${engine.baseUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
}

export interface Completion {
  readonly text: string;
  /** Events that stand for a token; 1 where the answer was one document. */
  readonly tokenEvents: number;
  readonly finishReason: string | null;
  readonly usage: z.output<typeof usageSchema> | undefined;
}

/** Sends a request and reads its whole answer, streamed or not. */
export async function complete(
  engine: EngineProcess,
  body: Readonly<Record<string, unknown>>,
): Promise<Completion> {
  const response = await post(engine, body);
  const whole = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${whole}`);
  const documents = body['stream'] === true ? sseDocuments(whole) : [whole];
  const parsed = documents.map((document) => answerSchema.parse(JSON.parse(document)));
  const choices = parsed.flatMap((chunk) => chunk.choices);
  return {
    text: choices.map((choice) => choice.text).join(''),
    tokenEvents: choices.filter((choice) => choice.finish_reason === null).length,
    finishReason: choices.at(-1)?.finish_reason ?? null,
    usage: parsed.find((chunk) => chunk.usage)?.usage,
  };
}

function sseDocuments(whole: string): string[] {
  const events = whole.split('\n\n').filter((event) => event !== '');
  if (events.at(-1) !== 'data: [DONE]') throw new Error(`the stream does not end with [DONE]: ${whole}`);
  return events.slice(0, -1).map((event) => event.replace(/^data: /, ''));
}

/** The metrics of an engine, by name and labels. */
export async function metricsOf(engine: EngineProcess): Promise<Map<string, number>> {
  const text = await (await fetch(`${engine.baseUrl}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** Token ids of ordinary words. */
export const promptOf = (length: number, from = 256): number[] =>
  Array.from({ length }, (_, i) => from + ((i * 7) % 400));
