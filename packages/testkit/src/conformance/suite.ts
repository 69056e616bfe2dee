/** Rules as tests of vitest, or run without it. */
import { describe, it } from 'vitest';
import type { Rule } from './rule.js';

/** A rule that does not hold. */
export interface RuleFailure {
  readonly id: string;
  readonly message: string;
}

/** Longest that a rule may take, in ms: a machine that others use too may stand still for seconds. */
export const RULE_LIMIT_MS = 60_000;

/**
 * A test of vitest for every rule. `find` gives what they are asked of, once the tests run; null where there is nothing to ask, which
 * another rule has told: then they are skipped.
 */
export function describeRules<Subject>(
  name: string,
  rules: readonly Rule<Subject>[],
  find: () => Promise<Subject | null>,
): void {
  describe(name, () => {
    for (const rule of rules) {
      it(`${rule.id}: ${rule.title}`, { timeout: RULE_LIMIT_MS }, async ({ skip }) => {
        const subject = await find();
        if (subject === null) return skip('left out: the plugin cannot be used at all, as other rules say');
        const reason = rule.leftOut?.(subject) ?? null;
        if (reason !== null) return skip(`left out: ${reason}`);
        await rule.check(subject);
      });
    }
  });
}

/** The rules that do not hold, in their order; those that are left out hold. */
export async function failuresOf<Subject>(
  rules: readonly Rule<Subject>[],
  subject: Subject,
): Promise<RuleFailure[]> {
  const failures: RuleFailure[] = [];
  for (const rule of rules) {
    if ((rule.leftOut?.(subject) ?? null) !== null) continue;
    try {
      await rule.check(subject);
    } catch (error) {
      failures.push({ id: rule.id, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return failures;
}
