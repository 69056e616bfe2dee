/** `llem resume`: goes on with a study that was interrupted. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { LlemCommand } from '../command.js';
import { outputFlags } from '../study/flags.js';
import type { Interruption } from '../terminal/interruption.js';

export default class Resume extends LlemCommand {
  static override description = `Go on with a study that was interrupted, from its result directory alone.

Every run that has not completed, been overloaded, failed or been skipped is measured, as a new attempt in a folder of its own. Nothing
that is there is measured again or changed. Exit codes are those of \`llem run\`, over the whole study.`;
  static override examples = [
    '<%= config.bin %> resume results/quickstart_20261123T200000Z',
    '<%= config.bin %> resume quickstart --failed',
    '<%= config.bin %> resume quickstart --cycles 5',
  ];
  static override args = {
    dir: Args.string({
      description: 'Result directory, or the beginning of the name of one.',
      required: true,
    }),
  };
  static override flags = {
    failed: Flags.boolean({
      description: 'Try failed runs again as well, and those that were skipped after them.',
    }),
    cycles: Flags.integer({
      description: 'Extend the study to this number of cycles in all.',
      min: 1,
      max: 1_000,
    }),
    output: Flags.string({ char: 'o', description: 'Where to look for a name. Default: ./results.' }),
    ...outputFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Resume);
    const { composeRoot } = await import('../composition/root.js');
    const { effectiveOutput, effectiveWait } = await import('../configuration/effective.js');
    const { findStudy } = await import('../study/results-view.js');
    const { resumeStudy } = await import('../study/resume-study.js');
    const { exitCodeOfStudy } = await import('../study/run-study.js');
    const { onInterruption } = await import('../terminal/interruption.js');
    const { chooseSink } = await import('../terminal/sinks.js');

    const sink = chooseSink(flags, process.stdout, process.stderr);
    let interruption: Interruption | null = null;
    try {
      const root = await composeRoot(this.config);
      const dir = await findStudy(args.dir, effectiveOutput(root, flags.output).value);
      interruption = onInterruption((text) => {
        sink.clear();
        this.note(text);
      });
      const study = await resumeStudy({
        root,
        dir,
        cycles: flags.cycles,
        failed: flags.failed,
        wait: effectiveWait(root, flags.wait).value,
        emit: sink.emit,
        signal: interruption.signal,
        skipPreflight: flags['skip-preflight'],
        version: this.config.version,
        commandLine: [this.config.bin, 'resume', ...this.argv],
      });
      await sink.close();
      if (!flags.json) {
        const { summaryText } = await import('../terminal/summary.js');
        const { columnsOfTerminal } = await import('../terminal/streams.js');
        const { createPaint } = await import('../terminal/text.js');
        this.print(
          summaryText({
            ...study,
            paint: createPaint(process.stdout, process.env),
            ...columnsOfTerminal(process.stdout),
          }),
        );
      }
      if ('error' in study.end) throw study.end.error;
      const { interrupted } = study.end.outcome;
      process.exitCode = exitCodeOfStudy(
        { ...study.summary.runs, interrupted },
        study.summary,
        flags.require,
      );
    } finally {
      await sink.close();
      interruption?.release();
    }
  }
}
