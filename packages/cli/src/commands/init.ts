/** `llem init`: a commented study file to start from. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { LlemCommand } from '../command.js';

export default class Init extends LlemCommand {
  static override description = 'Write a commented study file to start from.';
  static override examples = ['<%= config.bin %> init', '<%= config.bin %> init - > my-study.yaml'];
  static override args = {
    file: Args.string({ description: 'File to write; - prints it instead.', default: 'study.yaml' }),
  };
  static override flags = {
    force: Flags.boolean({ description: 'Replace a file that is there already.', char: 'f' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Init);
    const { STARTER, writeStarter } = await import('../study/starter.js');
    if (args.file === '-') {
      process.stdout.write(STARTER);
      return;
    }
    await writeStarter(args.file, flags.force);
    this.print(
      `Wrote ${args.file}. Next: llem plan ${args.file} shows what it would run, llem run ${args.file} runs it.`,
    );
  }
}
