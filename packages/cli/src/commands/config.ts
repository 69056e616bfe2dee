/** `llem config`: the settings in effect and where each comes from. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { LlemCommand } from '../command.js';

export default class ConfigCommand extends LlemCommand {
  static override description = `The settings in effect and where each comes from: environment, study, configuration file or default.

With a study: how it is carried out here. A configuration file that cannot be used exits with 2, after the settings without it.`;
  static override examples = ['<%= config.bin %> config', '<%= config.bin %> config study.yaml'];
  static override args = {
    study: Args.string({ description: 'Study file (YAML); - reads standard input.', required: false }),
  };
  static override flags = { json: Flags.boolean({ description: 'Print JSON.' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigCommand);
    const { exitCodeOf } = await import('@llem/core');
    const { composeRoot } = await import('../composition/root.js');
    const { composeStudy } = await import('../composition/study.js');
    const { withoutBrokenFile } = await import('../configuration/effective.js');
    const view = await import('../configuration/view.js');
    const { readStudyFile } = await import('../study/source.js');
    const { columnsOfTerminal } = await import('../terminal/streams.js');

    const { root, error } = withoutBrokenFile(await composeRoot(this.config));
    const settings =
      args.study === undefined
        ? view.settingsOfAnyStudy(root)
        : view.settingsOfStudy(
            await composeStudy(root, {
              source: await readStudyFile(args.study),
              overrides: {},
              runners: {},
              warn: (message) => this.note(`warning: ${message}`),
            }),
          );
    const shown = view.configurationView(root, settings, error);
    if (flags.json) {
      this.print(JSON.stringify(shown, null, 2));
      if (error !== null) process.exitCode = exitCodeOf(error);
      return;
    }
    this.print(view.configurationText(shown, columnsOfTerminal(process.stdout).columns));
    if (error !== null) throw error;
  }
}
