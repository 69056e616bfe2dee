/** `llem plan`: what a study would run; starts nothing. */
import * as Flags from '@oclif/core/flags';
import { LlemCommand } from '../command.js';
import { studyArgs, studyFlags } from '../study/flags.js';

export default class PlanCommand extends LlemCommand {
  static override description =
    'Show what a study would run: its experiments, what is skipped and why, the GPUs and meters, the runs in order, the time. Starts nothing.';
  static override examples = [
    '<%= config.bin %> plan study.yaml',
    '<%= config.bin %> plan study.yaml --json',
  ];
  static override args = studyArgs;
  static override flags = {
    ...studyFlags,
    json: Flags.boolean({ description: 'Print JSON.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PlanCommand);
    const { composeRoot } = await import('../composition/root.js');
    const { composeStudy } = await import('../composition/study.js');
    const { parseRunners, studySource } = await import('../study/source.js');
    const { planJson, planText, planView } = await import('../study/plan-view.js');

    const source = await studySource({ ...flags, file: args.study });
    const scope = await composeStudy(await composeRoot(this.config), {
      source,
      overrides: { cycles: flags.cycles, order: flags.order, noGaps: flags['no-gaps'] },
      runners: parseRunners(flags.runner ?? []),
      warn: (message) => this.note(`warning: ${message}`),
    });
    const view = planView(scope);
    if (!flags.json) {
      this.print(planText(view));
      return;
    }
    // The text of a large plan would need several times the memory of the plan.
    const { stringifyChunked } = await import('@discoveryjs/json-ext');
    const { writePieces } = await import('../terminal/streams.js');
    await writePieces(process.stdout, stringifyChunked(planJson(view), null, 2));
    this.print('');
  }
}
