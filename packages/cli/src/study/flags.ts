/** The flags that say which study, a file or settings without one, and how it is shown. Loaded with the command: keep it light. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';

export const studyArgs = {
  study: Args.string({ description: 'Study file (YAML); - reads standard input.', required: false }),
};

export const studyFlags = {
  model: Flags.string({ char: 'm', description: 'Without a file: the model.' }),
  backend: Flags.string({ char: 'b', description: 'Without a file: the engine, by its id.' }),
  set: Flags.string({
    char: 's',
    description: 'Without a file: a setting, such as workload.concurrency=8. May be repeated.',
    helpValue: 'PATH=VALUE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  cycles: Flags.integer({ description: 'How often every experiment is repeated.', min: 1, max: 1_000 }),
  order: Flags.option({
    options: ['shuffled', 'interleaved', 'sequential'] as const,
    description: 'Order of the runs.',
  })(),
  'no-gaps': Flags.boolean({ description: 'Leave out the pauses between runs and between cycles.' }),
  runner: Flags.string({
    description:
      'The runner of a backend: vllm=local, vllm=docker, vllm=docker:IMAGE or vllm=attach:URL. May be repeated.',
    helpValue: 'BACKEND=RUNNER',
    multiple: true,
    multipleNonGreedy: true,
  }),
};

/** What `run` and `resume` have in common. */
export const outputFlags = {
  json: Flags.boolean({ description: 'Print every event as one line of JSON, and nothing else.' }),
  quiet: Flags.boolean({
    char: 'q',
    description: 'Print the result table alone.',
    exclusive: ['json'],
  }),
  wait: Flags.boolean({
    description: 'Wait while another study measures on this machine; without, that is an error.',
    allowNo: true,
  }),
  'skip-preflight': Flags.boolean({ description: 'Start without the checks of this machine.' }),
  require: Flags.option({
    options: ['publishable'] as const,
    description: 'Exit with 4 unless the whole study is publishable.',
  })(),
};
