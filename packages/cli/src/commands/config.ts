/** `llem config`: the settings in effect and where each comes from. */
import { Flags } from '@oclif/core';
import { LlemCommand } from '../command.js';

export default class ConfigCommand extends LlemCommand {
  static override description =
    'The settings in effect and where each comes from: environment, configuration file or default.';
  static override flags = { json: Flags.boolean({ description: 'Print JSON.' }) };

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigCommand);
    const { composeRoot } = await import('../composition/root.js');
    const { effectiveSettings } = await import('../configuration/effective.js');
    const settings = await effectiveSettings(await composeRoot(this.config));
    if (flags.json) {
      this.print(JSON.stringify(settings, null, 2));
      return;
    }
    const { grid } = await import('../terminal/grid.js');
    const rows = settings.map(({ name, value, from }) => [name, value, from]);
    this.print(
      grid(
        ['setting', 'value', 'from'].map((title) => ({ title })),
        rows,
      ),
    );
  }
}
