/** `llem plugins install`: from a registry, a tarball or an address. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { LlemCommand } from '../../command.js';

export default class PluginsInstall extends LlemCommand {
  static override description = `Install plugins with npm, from the registry that your .npmrc names, from a tarball or from an address.

What a plugin provides is shown before it takes the place of anything. On a terminal you are asked then; without one, and with
--yes, it goes on. One that does not fit is refused, and whatever goes wrong, what was installed before stays.
Scripts that a package wants to run at its installation are not run; with --allow-scripts they are, after they have been named.`;
  static override aliases = ['plugins:add'];
  static override examples = [
    '<%= config.bin %> plugins install @llem/backend-sglang',
    '<%= config.bin %> plugins install @llem/backend-sglang@1.2.0 --yes',
    '<%= config.bin %> plugins install ./llem-backend-foo-1.0.0.tgz',
  ];
  static override args = {
    plugin: Args.string({
      description: 'NAME, NAME@VERSION, NAME@TAG, a tarball or an address; several may be given.',
      required: true,
    }),
  };
  static override strict = false;
  static override flags = {
    'allow-scripts': Flags.boolean({
      description: 'Run the install scripts of the plugin and of what it needs.',
    }),
    yes: Flags.boolean({ char: 'y', description: 'Do not ask.' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PluginsInstall);
    const { EXIT } = await import('@llem/core');
    const { pluginRequest } = await import('../../plugins/installation/composition.js');
    const { installedText, installPlugins } = await import('../../plugins/installation/install.js');
    const { parseSource } = await import('../../plugins/installation/source.js');
    const request = await pluginRequest(this.config, flags);
    // What cannot be is said before anything is changed.
    const sources = await Promise.all(argv.map((text) => parseSource(String(text))));
    const all = await installPlugins(sources, {
      ...request,
      allowScripts: flags['allow-scripts'],
      command: 'plugins install',
    });
    for (const installed of all) {
      this.print(installedText(installed));
      if (!installed.accepted) process.exitCode = EXIT.nothingCompleted;
    }
  }
}
