/** `llem schema`: the JSON Schema of the study file. */
import { LlemCommand } from '../command.js';

export default class Schema extends LlemCommand {
  static override description = `Print the JSON Schema of the study file, with the options of every installed backend.

An editor completes a study with it: write it to a file and begin the study with
\`# yaml-language-server: $schema=study.schema.json\`.`;
  static override examples = ['<%= config.bin %> schema > study.schema.json'];

  async run(): Promise<void> {
    await this.parse(Schema);
    const { composeRoot, MODULES } = await import('../composition/root.js');
    const { loadCatalog, problemText } = await import('../composition/catalog.js');
    const { studyJsonSchema } = await import('@llem/study');
    const root = await composeRoot(this.config);
    const modules = root.get(MODULES);
    const catalog = await loadCatalog(modules);
    for (const message of [...modules.discovery.problems.map(problemText), ...catalog.failures])
      this.note(`warning: ${message}`);
    this.print(JSON.stringify(studyJsonSchema(catalog), null, 2));
  }
}
