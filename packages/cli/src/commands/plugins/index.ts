/** `llem plugins`: those that llem has. */
import * as Flags from '@oclif/core/flags';
import { LlemCommand } from '../../command.js';

export default class Plugins extends LlemCommand {
  static override description =
    'The plugins that llem has: versions, where they are from, the contract they were written for, what they provide, and what is wrong with them.';
  static override aliases = ['plugins:list'];
  static override examples = ['<%= config.bin %> plugins', '<%= config.bin %> plugins --json'];
  static override flags = { json: Flags.boolean({ description: 'Print JSON.' }) };

  async run(): Promise<void> {
    const { flags } = await this.parse(Plugins);
    const { overviewJson, overviewOf, overviewTable, problemsText } =
      await import('../../plugins/installation/overview.js');
    const { seenPlugins } = await import('../../plugins/seen.js');
    const { packages, discovery } = await seenPlugins(this.config, process.env);
    const overview = await overviewOf(this.config.dataDir, packages, discovery);
    this.print(
      flags.json ? JSON.stringify(overviewJson(overview, discovery), null, 2) : overviewTable(overview),
    );
    if (!flags.json) this.note(problemsText(discovery));
  }
}
