/** What a workload may ask for and this data set cannot give: said before anything starts, not found out by its figures. */
import { llemError, type Workload } from '@llem/core';

/** Throws LLEM_E_PREPARE. */
export function refuseWhatItCannotGive({
  arrival,
  turns,
  shared_prefix_tokens: prefix,
  output_tokens: output,
}: Workload): void {
  const refuse = (what: string, remedy: string) =>
    llemError('LLEM_E_PREPARE', `The data set PLUGIN_ID has no ${what}.`, {
      remedy,
      failureClass: 'dataset',
    });
  if (arrival?.process === 'trace')
    throw refuse('times at which prompts were sent (workload.arrival)', 'Use another arrival.');
  if (turns > 1) throw refuse('conversations (workload.turns)', 'Leave workload.turns out.');
  if (typeof output !== 'number' && output.distribution !== 'uniform')
    throw refuse(
      `${output.distribution} lengths of answers (workload.output_tokens)`,
      'Use a number of tokens, or the distribution uniform.',
    );
  if (prefix > 0)
    throw refuse(
      'common beginning of its prompts (workload.shared_prefix_tokens)',
      'Leave workload.shared_prefix_tokens out.',
    );
}
