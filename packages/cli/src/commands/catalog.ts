/** `llem catalog`: what a study can name here, and the options of one. */
import { Args, Flags } from '@oclif/core';
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
    const { composeRoot, DISCOVERY, MODULES } = await import('../composition/root.js');
    const { catalogJson, catalogTable, optionsTable, problemLines } = await import('../plugins/listing.js');
    const root = await composeRoot(this.config);
    const discovery = root.get(DISCOVERY);
    if (args.id === undefined) {
      this.print(flags.json ? JSON.stringify(catalogJson(discovery), null, 2) : catalogTable(discovery));
      if (!flags.json) this.note(problemLines(discovery));
      return;
    }
    const { describe } = await import('../plugins/options.js');
    const described = await describe(args.id, root.get(MODULES));
    this.print(flags.json ? JSON.stringify(described, null, 2) : described.map(optionsTable).join('\n\n'));
  }
}
