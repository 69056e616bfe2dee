/** What all commands have in common: --debug, and how they print. */
import { Command } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';

export abstract class LlemCommand extends Command {
  static override baseFlags = {
    debug: Flags.boolean({
      description: 'Show the stack trace of an error.',
      helpGroup: 'GLOBAL',
    }),
  };

  /** The answer of the command, on standard output. */
  protected print(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /** What is beside the answer, on standard error; nothing for an empty text. */
  protected note(text: string): void {
    if (text !== '') process.stderr.write(`${text}\n`);
  }

  /** Errors go on to `main`, the one place that shows them. */
  protected override catch(error: Error): Promise<never> {
    return Promise.reject(error);
  }
}
