/** `llem results show`: the table of one result directory. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { LlemCommand } from '../../command.js';

export default class ResultsShow extends LlemCommand {
  static override description = 'Show the results of a study.';
  static override examples = [
    '<%= config.bin %> results show',
    '<%= config.bin %> results show results/quickstart_20261123T200000Z',
    '<%= config.bin %> results show quickstart',
    '<%= config.bin %> results show --devices',
  ];
  static override args = {
    dir: Args.string({
      description: 'Result directory, or the beginning of the name of one. Default: the newest.',
    }),
  };
  static override flags = {
    output: Flags.string({ char: 'o', description: 'Where to look for a name. Default: ./results.' }),
    devices: Flags.boolean({
      description:
        'Show also what each device drew: power, both idles, how far each figure may be off, temperature.',
    }),
    json: Flags.boolean({ description: 'Print the summary as JSON.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ResultsShow);
    const { composeRoot } = await import('../../composition/root.js');
    const { effectiveOutput } = await import('../../configuration/effective.js');
    const { readStudyDir, summarise } = await import('@llem/results');
    const { attemptsText, findStudy } = await import('../../study/results-view.js');
    const parent = effectiveOutput(await composeRoot(this.config), flags.output).value;
    const { dir, plan, manifest, records, problems } = await readStudyDir(await findStudy(args.dir, parent));
    const summary = summarise(plan, records, manifest);
    for (const { file, message } of problems) this.note(`warning: ${file}: ${message}`);
    if (flags.json) {
      this.print(JSON.stringify(summary, null, 2));
      return;
    }
    const { summaryText } = await import('../../terminal/summary.js');
    const { columnsOfTerminal } = await import('../../terminal/streams.js');
    const { createPaint } = await import('../../terminal/text.js');
    if (flags.devices) {
      const { deviceTables } = await import('../../terminal/device-table.js');
      this.print(`${deviceTables(plan, records)}\n`);
    }
    this.print(
      summaryText({
        summary,
        dir,
        paint: createPaint(process.stdout, process.env),
        ...columnsOfTerminal(process.stdout),
      }),
    );
    const attempts = attemptsText(manifest);
    if (attempts !== '') this.print(`\n${attempts}`);
  }
}
