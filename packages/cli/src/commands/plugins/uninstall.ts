/** `llem plugins uninstall`: removes what was installed, and takes links back. */
import * as Args from '@oclif/core/args';
import { LlemCommand } from '../../command.js';

export default class PluginsUninstall extends LlemCommand {
  static override description = 'Remove plugins that were installed, and take back links.';
  static override aliases = ['plugins:remove', 'plugins:unlink'];
  static override examples = ['<%= config.bin %> plugins uninstall @llem/backend-sglang'];
  static override args = {
    plugin: Args.string({ description: 'Name of the plugin; several may be given.', required: true }),
  };
  static override strict = false;

  async run(): Promise<void> {
    const { argv } = await this.parse(PluginsUninstall);
    const { removalRequest } = await import('../../plugins/installation/composition.js');
    const { uninstallPlugins } = await import('../../plugins/installation/uninstall.js');
    const request = await removalRequest(this.config);
    for (const { name, entry } of await uninstallPlugins(argv.map(String), request)) {
      this.print(
        entry?.type === 'link'
          ? `${name} is no longer linked; its folder is as it was: ${entry.root}`
          : `${name} is removed.`,
      );
    }
  }
}
