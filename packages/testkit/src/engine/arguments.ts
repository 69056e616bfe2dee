/** The command line of llama-server, as far as it means something to a simulated engine. Everything else is accepted and ignored. */
import type { EngineOptionsInput } from './options.js';

/** Long and short names of flags with a value. */
const FLAGS: Readonly<Record<string, 'port' | 'host' | 'model' | 'slots' | 'context'>> = {
  '--port': 'port',
  '--host': 'host',
  '-m': 'model',
  '--model': 'model',
  '-a': 'model',
  '--alias': 'model',
  '-np': 'slots',
  '--parallel': 'slots',
  '-c': 'context',
  '--ctx-size': 'context',
};

/** Options from a command line; those of `-c` are shared among the slots, as llama-server does it. */
export function parseArguments(argv: readonly string[]): EngineOptionsInput {
  const found = new Map<string, string>();
  argv.forEach((argument, index) => {
    const [name = '', inline] = argument.split('=', 2);
    const meaning = FLAGS[name];
    const value = inline ?? argv[index + 1];
    if (meaning !== undefined && value !== undefined) found.set(meaning, value);
  });
  const number = (meaning: string) => {
    const value = found.get(meaning);
    return value === undefined ? undefined : Number(value);
  };
  const slots = number('slots');
  const context = number('context');
  const host = found.get('host');
  const port = number('port');
  const model = found.get('model');
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(model === undefined ? {} : { model }),
    // -1 leaves it to the server, 0 takes the context from the model.
    ...(slots === undefined || slots < 1 ? {} : { slots }),
    ...(context === undefined || context < 1
      ? {}
      : { contextPerSlot: Math.floor(context / Math.max(1, slots ?? 1)) }),
  };
}
