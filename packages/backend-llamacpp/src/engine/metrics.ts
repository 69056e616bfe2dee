/** What the engine counts, in the names that a llama-server gives to the same things. */

export interface EngineMetrics {
  running: number;
  waiting: number;
  generatedTokens: number;
  readonly finished: { length: number; stop: number; cancelled: number };
  /** Counts a step of so many sequences, and shares its time between prompts and answers by their tokens. */
  countStep(sequences: number, promptTokens: number, seconds: number): void;
  /** Prometheus text format 0.0.4. */
  text(): string;
}

export function makeMetrics(): EngineMetrics {
  const finished = { length: 0, stop: 0, cancelled: 0 };
  const total = { promptTokens: 0, steps: 0, sequenceSteps: 0, promptSeconds: 0, answerSeconds: 0 };
  let generatedBefore = 0;
  const metrics: EngineMetrics = {
    running: 0,
    waiting: 0,
    generatedTokens: 0,
    finished,
    countStep(sequences, promptTokens, seconds) {
      const answerTokens = metrics.generatedTokens - generatedBefore;
      generatedBefore = metrics.generatedTokens;
      const promptShare = promptTokens / Math.max(1, promptTokens + answerTokens);
      total.promptTokens += promptTokens;
      total.steps++;
      total.sequenceSteps += sequences;
      total.promptSeconds += seconds * promptShare;
      total.answerSeconds += seconds * (1 - promptShare);
    },
    text: () => {
      const line = (name: string, type: 'counter' | 'gauge', help: string, value: number) =>
        `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`;
      const per = (amount: number, seconds: number) => (seconds > 0 ? amount / seconds : 0);
      const ends = Object.entries(finished).map(
        ([end, count]) => `llem_engine:requests_total{end="${end}"} ${count}\n`,
      );
      return [
        line('llamacpp:prompt_tokens_total', 'counter', 'Prompt tokens read.', total.promptTokens),
        line(
          'llamacpp:prompt_seconds_total',
          'counter',
          'Time of steps, the share of prompts.',
          total.promptSeconds,
        ),
        line('llamacpp:tokens_predicted_total', 'counter', 'Tokens generated.', metrics.generatedTokens),
        line(
          'llamacpp:tokens_predicted_seconds_total',
          'counter',
          'Time of steps, the share of answers.',
          total.answerSeconds,
        ),
        line('llamacpp:n_decode_total', 'counter', 'Steps.', total.steps),
        line(
          'llamacpp:n_busy_slots_per_decode',
          'gauge',
          'Mean number of sequences in a step.',
          per(total.sequenceSteps, total.steps),
        ),
        line(
          'llamacpp:prompt_tokens_seconds',
          'gauge',
          'Mean rate of prompts, tokens per second.',
          per(total.promptTokens, total.promptSeconds),
        ),
        line(
          'llamacpp:predicted_tokens_seconds',
          'gauge',
          'Mean rate of answers, tokens per second.',
          per(metrics.generatedTokens, total.answerSeconds),
        ),
        line('llamacpp:requests_processing', 'gauge', 'Requests that hold a sequence.', metrics.running),
        line('llamacpp:requests_deferred', 'gauge', 'Requests that wait for a sequence.', metrics.waiting),
        '# HELP llem_engine:requests_total Requests that have ended, by how.\n# TYPE llem_engine:requests_total counter\n',
        ...ends,
      ].join('');
    },
  };
  return metrics;
}
