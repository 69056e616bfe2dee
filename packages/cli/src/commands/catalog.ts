/** `llem catalog`: what a study can name here, and the options of one. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { LlemCommand } from '../command.js';

export default class Catalog extends LlemCommand {
  static override description =
    'Backends, runners, data sets and meters that are installed, and from where. With an id: the options of that one.';
  static override examples = ['<%= config.bin %> catalog', '<%= config.bin %> catalog llamacpp'];
  static override args = {
    id: Args.string({ description: 'Of a backend, runner, data set or meter: shows its options.' }),
  };
  static override flags = { json: Flags.boolean({ description: 'Print JSON.' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Catalog);
    if (args.id === undefined) await this.list(flags.json);
    else await this.show(args.id, flags.json);
  }

  /** From package.json files alone: neither a plugin nor the composition root is loaded. */
  private async list(isJson: boolean): Promise<void> {
    const { seenPlugins } = await import('../plugins/seen.js');
    const { catalogJson, catalogTable, problemLines } = await import('../plugins/listing.js');
    const { discovery } = await seenPlugins(this.config, process.env);
    this.print(isJson ? JSON.stringify(catalogJson(discovery), null, 2) : catalogTable(discovery));
    if (!isJson) this.note(problemLines(discovery));
  }

  private async show(id: string, isJson: boolean): Promise<void> {
    const { composeRoot, MODULES } = await import('../composition/root.js');
    const { describe } = await import('../plugins/options.js');
    const { optionsTable } = await import('../plugins/options-text.js');
    const root = await composeRoot(this.config);
    const described = await describe(id, root.get(MODULES));
    this.print(isJson ? JSON.stringify(described, null, 2) : described.map(optionsTable).join('\n\n'));
  }
}
