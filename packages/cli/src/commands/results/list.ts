/** `llem results list`: the studies under an output folder, newest first. */
import * as Flags from '@oclif/core/flags';
import { LlemCommand } from '../../command.js';

export default class ResultsList extends LlemCommand {
  static override description = 'List the result directories, newest first.';
  static override flags = {
    output: Flags.string({ char: 'o', description: 'Where to look. Default: ./results.' }),
    json: Flags.boolean({ description: 'Print JSON.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ResultsList);
    const { composeRoot } = await import('../../composition/root.js');
    const { effectiveOutput } = await import('../../configuration/effective.js');
    const { listStudies } = await import('@llem/results');
    const { listingText } = await import('../../study/results-view.js');
    const parent = effectiveOutput(await composeRoot(this.config), flags.output).value;
    const studies = await listStudies(parent);
    this.print(flags.json ? JSON.stringify(studies, null, 2) : listingText(studies, parent));
  }
}
