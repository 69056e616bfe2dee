/** What cannot work, known before anything starts: such a point of a sweep is skipped, with the reason, and costs no time. */
import { longestRequest, type Experiment, type Violation } from '@llem/core';
import type { Options } from './options.js';

/** Total and pure: it answers for every experiment, touches nothing, and gives the same answer each time. */
export function findViolations(options: Options, { workload }: Experiment): readonly Violation[] {
  const { inputTokens, outputTokens } = longestRequest(workload);
  const needed = inputTokens + outputTokens;
  if (needed <= options.context) return [];
  return [
    {
      // The setting at fault as a study writes it, and what would be right.
      path: 'PLUGIN_ID.context',
      message: `${options.context} tokens are too few for the longest request, which has ${needed}: raise it, or shorten workload.input_tokens or workload.output_tokens`,
    },
  ];
}
