/** Classes of failures that a study tries again (`execution.retries`), as far as they can be checked. */
import { TRANSIENT_FAILURES } from '@llem/core';
import type { Study } from './study.js';
import { nearest } from './suggestions.js';

const PATH = 'execution.retries.classes';

/**
 * A sentence for each class that is probably a misspelt one. Engines name classes of their own, so none can be refused; but
 * one that no failure has would leave a study of days without its retries.
 */
export function doubtfulClasses({ execution, origins }: Pick<Study, 'execution' | 'origins'>): string[] {
  const known: readonly string[] = TRANSIENT_FAILURES;
  return execution.retries.classes.flatMap((name) => {
    const meant = known.includes(name) ? null : nearest(name, known);
    return meant === null ? [] : [`${origins[PATH] ?? PATH}: did you mean "${meant}" by "${name}"?`];
  });
}
