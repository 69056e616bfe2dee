/** `llem plugins reset`: back to what comes with llem. */
import { LlemCommand } from '../../command.js';

export default class PluginsReset extends LlemCommand {
  static override description =
    'Remove all plugins that were installed or linked, whatever state they are in. Those that come with llem stay.';

  async run(): Promise<void> {
    await this.parse(PluginsReset);
    const { removeAllPlugins } = await import('../../plugins/installation/uninstall.js');
    const wereThere = await removeAllPlugins(this.config.dataDir);
    this.print(
      wereThere ? 'All plugins that were installed or linked are removed.' : 'No plugin is installed.',
    );
  }
}
