/** `llem plugins update`: to the newest version that each may be. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { LlemCommand } from '../../command.js';

export default class PluginsUpdate extends LlemCommand {
  static override description = `Update the installed plugins, or those that are named.

Each keeps to the tag or range it was installed with, and one from an address is fetched from there again. Where the newest version
does not fit this llem, the old one stays.`;
  static override examples = [
    '<%= config.bin %> plugins update',
    '<%= config.bin %> plugins update @llem/backend-sglang',
  ];
  static override args = {
    plugin: Args.string({ description: 'Names of plugins; without one: all of them.' }),
  };
  static override strict = false;
  static override flags = {
    'allow-scripts': Flags.boolean({
      description: 'Run the install scripts of the plugins and of what they need.',
    }),
    yes: Flags.boolean({ char: 'y', description: 'Do not ask.' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PluginsUpdate);
    const { pluginRequest } = await import('../../plugins/installation/composition.js');
    const { exitCodeOfUpdate, updatedText, updatePlugins } =
      await import('../../plugins/installation/update.js');
    const updated = await updatePlugins(argv.map(String), {
      ...(await pluginRequest(this.config, flags)),
      allowScripts: flags['allow-scripts'],
      command: 'plugins update',
    });
    this.print(updatedText(updated));
    process.exitCode = exitCodeOfUpdate(updated);
  }
}
