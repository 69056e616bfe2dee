/** `llem plugins link`: a plugin that is being written. */
import * as Args from '@oclif/core/args';
import { LlemCommand } from '../../command.js';

export default class PluginsLink extends LlemCommand {
  static override description = `Use the plugin in a folder as it is there, while you write it.

Nothing is installed or built in the folder: run \`npm install\` and \`npm run build\` in it first. What you build later is used at once.
\`llem plugins uninstall NAME\` takes the link back.`;
  static override examples = [
    '<%= config.bin %> plugins link',
    '<%= config.bin %> plugins link ../my-plugin',
  ];
  static override args = {
    folder: Args.string({ description: 'Folder of the plugin.', default: '.' }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(PluginsLink);
    const { pluginRequest } = await import('../../plugins/installation/composition.js');
    const { linkedText, linkPlugin } = await import('../../plugins/installation/link.js');
    const linked = await linkPlugin(args.folder, await pluginRequest(this.config, { yes: true }));
    this.print(linkedText(linked));
  }
}
