/** `llem run`: carries out a study. */
import * as Flags from '@oclif/core/flags';
import { LlemCommand } from '../command.js';
import type { StudyHold } from '../study/hold-study.js';
import type { Interruption } from '../terminal/interruption.js';
import { outputFlags, studyArgs, studyFlags } from '../study/flags.js';

export default class Run extends LlemCommand {
  static override description = `Run a study and write down what it cost.

The results go into a directory of their own under --output. Progress goes to standard error, the result table to
standard output. Exit codes: 0 every run completed or was overloaded; 1 a check failed before the start, or every run failed;
2 the study or the usage is wrong; 3 some runs failed or were skipped; 4 --require publishable was not met; 130 interrupted.`;
  static override examples = [
    '<%= config.bin %> run study.yaml',
    '<%= config.bin %> run --model llem/tiny-40m --backend llamacpp --set workload.concurrency=8',
    '<%= config.bin %> run study.yaml --cycles 5 --require publishable',
  ];
  static override args = studyArgs;
  static override flags = {
    ...studyFlags,
    output: Flags.string({ char: 'o', description: 'Parent of the result directory. Default: ./results.' }),
    ...outputFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Run);
    const { composeRoot } = await import('../composition/root.js');
    const { composeStudy } = await import('../composition/study.js');
    const { effectiveOutput, effectiveWait } = await import('../configuration/effective.js');
    const { parseRunners, studySource } = await import('../study/source.js');
    const { holdForStudy } = await import('../study/hold-study.js');
    const { exitCodeOfStudy, runStudy, warningEvent } = await import('../study/run-study.js');
    const { onInterruption } = await import('../terminal/interruption.js');
    const { chooseSink } = await import('../terminal/sinks.js');

    const sink = chooseSink(flags, process.stdout, process.stderr);
    let interruption: Interruption | null = null;
    let hold: StudyHold | null = null;
    try {
      const source = await studySource({ ...flags, file: args.study });
      const root = await composeRoot(this.config);
      const scope = await composeStudy(root, {
        source,
        overrides: { cycles: flags.cycles, order: flags.order, noGaps: flags['no-gaps'] },
        runners: parseRunners(flags.runner ?? []),
        warn: (message) => sink.emit(warningEvent(message)),
        inform: (message) => sink.emit({ type: 'notice', level: 'info', message }),
      });
      const output = effectiveOutput(root, flags.output).value;
      // Nothing is running yet that would have to be stopped in order: a signal ends llem at once.
      const { signal } = new AbortController();
      hold = await holdForStudy({
        scope,
        dir: output,
        wait: effectiveWait(root, flags.wait).value,
        emit: sink.emit,
        signal,
      });
      interruption = onInterruption((text) => {
        sink.clear();
        this.note(text);
      });
      const study = await runStudy({
        scope,
        source,
        output,
        onDirectory: hold.resultsIn,
        neighbours: hold.neighbours,
        emit: sink.emit,
        signal: interruption.signal,
        skipPreflight: flags['skip-preflight'],
        version: this.config.version,
        commandLine: [this.config.bin, 'run', ...this.argv],
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
      process.exitCode = exitCodeOfStudy(study.end.outcome, study.summary, flags.require);
    } finally {
      await sink.close();
      interruption?.release();
      hold?.release();
    }
  }
}
