/** `llem doctor`: every check of this machine, with remedies. */
import * as Flags from '@oclif/core/flags';
import { LlemCommand } from '../command.js';

export default class Doctor extends LlemCommand {
  static override description = `Run every check of this machine and of every installed plugin, and say what to do.

With --fix what llem can put right by itself is put right, such as containers that a killed llem has left, and looked at again.

Exit code 1 when nothing could be measured here: a check of llem itself fails, such as its configuration file, or no backend, no
runner, no data set or no meter passes all of its checks.`;
  static override flags = {
    fix: Flags.boolean({ description: 'Put right what llem can, and check again.' }),
    json: Flags.boolean({ description: 'Print JSON.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const { EXIT } = await import('@llem/core');
    const { composeRoot, CONFIGURATION, CONFIGURATION_PATH, CONTEXT, MODULES } =
      await import('../composition/root.js');
    const { effectiveOutput, withoutBrokenFile } = await import('../configuration/effective.js');
    const { configurationCheck } = await import('../configuration/check.js');
    const { machineChecks } = await import('../machine/checks.js');
    const { canMeasure, diagnosisText, examine } = await import('../machine/doctor.js');
    const { createPaint } = await import('../terminal/text.js');
    const { root, error } = withoutBrokenFile(await composeRoot(this.config));
    const own = [
      configurationCheck(root.get(CONFIGURATION_PATH).path, root.get(CONFIGURATION), error),
      ...machineChecks({
        output: effectiveOutput(root, undefined).value,
        cache: root.get(CONTEXT).cacheDir,
      }),
    ];
    const diagnosis = await examine({ modules: root.get(MODULES), own, fix: flags.fix });
    const text = flags.json
      ? JSON.stringify(diagnosis, null, 2)
      : diagnosisText(diagnosis, createPaint(process.stdout, process.env));
    this.print(text);
    process.exitCode = canMeasure(diagnosis) ? EXIT.ok : EXIT.nothingCompleted;
  }
}
