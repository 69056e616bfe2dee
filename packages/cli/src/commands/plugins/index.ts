/** `llem plugins`: those that llem has. */
import { Flags } from '@oclif/core';
import { LlemCommand } from '../../command.js';

export default class Plugins extends LlemCommand {
  static override description =
    'The plugins that llem has: versions, where they are from, the contract they were written for, what they provide, and what is wrong with them.';
  static override aliases = ['plugins:list'];
  static override examples = ['<%= config.bin %> plugins', '<%= config.bin %> plugins --json'];
  static override flags = { json: Flags.boolean({ description: 'Print JSON.' }) };

  async run(): Promise<void> {
    const { flags } = await this.parse(Plugins);
    const { pluginsSeen } = await import('../../plugins/installation/composition.js');
    const { overviewOf, overviewProblems, overviewTable } =
      await import('../../plugins/installation/overview.js');
    const { installedPackages } = await import('../../plugins/packages.js');
    const { discovery } = await pluginsSeen(this.config);
    const overview = await overviewOf(this.config.dataDir, await installedPackages(this.config), discovery);
    this.print(flags.json ? JSON.stringify(overview, null, 2) : overviewTable(overview));
    if (!flags.json) this.note(overviewProblems(overview));
  }
}
