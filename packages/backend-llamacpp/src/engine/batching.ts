/** Continuous batching: every step decodes one token of each running answer and reads a piece of waiting prompts. */
import type { AddonContext, AddonSampler } from './addon.js';
import type { EngineMetrics } from './metrics.js';
import type { LoadedModel, SamplingSettings } from './model.js';

export type FinishReason = 'length' | 'stop';

/** One request as the batching sees it. */
export interface Generation {
  readonly prompt: Uint32Array;
  readonly maxTokens: number;
  /** An end-of-text token before this many tokens is taken as any other. */
  readonly minTokens: number;
  readonly ignoreEos: boolean;
  readonly sampling: SamplingSettings;
  /** Called once for each token, in order, with the reason on the last one. */
  onToken(token: number, finish: FinishReason | null): void;
}

export interface Batching {
  /** Queues a request; it runs as soon as a sequence is free, first come, first served. */
  submit(generation: Generation): void;
  /** Gives up a request; its sequence is free from the next step on. Nothing happens when it has ended. */
  cancel(generation: Generation): void;
  /** Runs until stopped. Rejects when llama.cpp fails: nothing that runs can be saved then. */
  run(): Promise<void>;
  /** Ends `run` after the current step. */
  stop(): void;
}

interface Running {
  readonly sequence: number;
  /** Place in the order of admission. */
  readonly order: number;
  readonly generation: Generation;
  readonly sampler: AddonSampler;
  /** Prompt tokens that the cache holds. */
  read: number;
  /** Tokens drawn so far. */
  drawn: number;
  /** The last token drawn, in the form that the next step takes. */
  readonly lastToken: Uint32Array;
  cancelled: boolean;
}

/** A part of a step: where the logits of a running request will lie; null while its prompt is unfinished. */
interface Part {
  readonly running: Running;
  readonly logits: number | null;
}

const FIRST = Uint32Array.of(0);
const NONE = new Uint32Array(0);

export function makeBatching(
  model: LoadedModel,
  metrics: EngineMetrics,
  { sequences, batchSize }: { readonly sequences: number; readonly batchSize: number },
): Batching {
  const { context } = model;
  const slots: (Running | null)[] = Array.from({ length: sequences }, () => null);
  const queue: Generation[] = [];
  let admitted = 0;
  let stopped = false;
  let wake: (() => void) | null = null;

  const notify = () => {
    wake?.();
    wake = null;
  };

  const release = (running: Running) => {
    context.disposeSequence(running.sequence);
    running.sampler.dispose();
    slots[running.sequence] = null;
  };

  /** Frees what was cancelled and gives free sequences, lowest first, to who waits longest. */
  const admit = () => {
    for (const running of slots) if (running?.cancelled) release(running);
    for (let sequence = 0; sequence < sequences && queue.length > 0; sequence++) {
      if (slots[sequence] !== null) continue;
      const generation = queue.shift();
      if (!generation) break;
      slots[sequence] = {
        sequence,
        order: admitted++,
        generation,
        sampler: model.makeSampler(generation.sampling),
        read: 0,
        drawn: 0,
        lastToken: Uint32Array.of(0),
        cancelled: false,
      };
    }
    metrics.running = slots.reduce((sum, running) => sum + (running ? 1 : 0), 0);
    metrics.waiting = queue.length;
  };

  /** Draws the next tokens; gives what is to be told to whom. */
  const draw = async (parts: readonly Part[]): Promise<(() => void)[]> => {
    const drawing = parts.flatMap(({ running, logits }) => (logits === null ? [] : [{ running, logits }]));
    const tokens = await Promise.all(
      drawing.map(({ running, logits }) => context.sampleToken(logits, running.sampler)),
    );
    return drawing.flatMap(({ running }, i) => {
      const token = tokens[i] ?? -1;
      if (token < 0) throw new Error('no token could be drawn: the logits are not numbers');
      const { generation } = running;
      running.lastToken[0] = token;
      running.drawn++;
      metrics.generatedTokens++;
      const ends =
        !generation.ignoreEos && running.drawn >= generation.minTokens && model.endsGeneration(token);
      const finish = ends ? 'stop' : running.drawn >= generation.maxTokens ? 'length' : null;
      if (running.cancelled) return [];
      if (finish) {
        release(running);
        metrics.finished[finish]++;
      }
      return [() => generation.onToken(token, finish)];
    });
  };

  const run = async () => {
    let tell: (() => void)[] = [];
    while (!stopped) {
      admit();
      const step = composeStep(slots, batchSize, context);
      if (!step) {
        for (const event of tell) event();
        tell = [];
        // Telling may have queued or cancelled something; only sleep when it has not.
        if (queue.length > 0) continue;
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      const started = performance.now();
      const decoded = context.decodeBatch();
      // What the last step drew is written while this one computes: JavaScript costs no step any time.
      for (const event of tell) event();
      await decoded;
      tell = await draw(step.parts);
      metrics.countStep(step.parts.length, step.promptTokens, (performance.now() - started) / 1000);
    }
    for (const event of tell) event();
  };

  return {
    submit(generation) {
      queue.push(generation);
      metrics.waiting = queue.length;
      notify();
    },
    cancel(generation) {
      const at = queue.indexOf(generation);
      if (at >= 0) queue.splice(at, 1);
      const running = slots.find((slot) => slot?.generation === generation);
      if (running) running.cancelled = true;
      if (at >= 0 || running) metrics.finished.cancelled++;
      notify();
    },
    run,
    stop() {
      stopped = true;
      notify();
    },
  };
}

/**
 * Fills the context's batch, ascending by sequence as llama.cpp wants it. Answers go first, one token each; prompts
 * share what room is left in the order of their admission. Null when there is nothing to do.
 */
function composeStep(
  slots: readonly (Running | null)[],
  room: number,
  context: AddonContext,
): { readonly parts: readonly Part[]; readonly promptTokens: number } | null {
  const active = slots.filter((running) => running !== null);
  if (active.length === 0) return null;
  const reading = active.filter((running) => unread(running) > 0);
  let left = room - (active.length - reading.length);
  const pieces = new Map<Running, number>();
  for (const running of reading.sort((a, b) => a.order - b.order)) {
    const piece = Math.min(left, unread(running));
    left -= piece;
    pieces.set(running, piece);
  }
  context.initBatch(room - left);
  const parts: Part[] = [];
  let promptTokens = 0;
  for (const running of active) {
    const { prompt } = running.generation;
    const piece = pieces.get(running);
    if (piece === 0) continue;
    if (piece === undefined) {
      const position = prompt.length + running.drawn - 1;
      const [logits] = context.addToBatch(running.sequence, position, running.lastToken, FIRST);
      parts.push({ running, logits: logits ?? null });
      continue;
    }
    const from = running.read;
    running.read += piece;
    promptTokens += piece;
    const wanted = unread(running) === 0 ? Uint32Array.of(piece - 1) : NONE;
    const [logits] = context.addToBatch(running.sequence, from, prompt.subarray(from, running.read), wanted);
    parts.push({ running, logits: logits ?? null });
  }
  return { parts, promptTokens };
}

const unread = ({ read, generation }: Running) => generation.prompt.length - read;
