/** The verdict of a run: named checks with value, limit, severity and what to do. */
import { z } from 'zod';

export const checkResultSchema = z.object({
  /** Stable: `window-length`, `headline-energy`, ... */
  id: z.string(),
  ok: z.boolean(),
  severity: z.enum(['invalid', 'warning']),
  value: z.union([z.number(), z.string()]).nullable(),
  limit: z.union([z.number(), z.string()]).nullable(),
  /** What was found and, when it is not ok, what to do. */
  message: z.string(),
});

export type CheckResult = z.output<typeof checkResultSchema>;

/** Publishable: no check of severity `invalid` failed, and there was at least one. */
export function isPublishable(checks: readonly CheckResult[]): boolean {
  return checks.length > 0 && checks.every((check) => check.ok || check.severity !== 'invalid');
}

/** Shortest steady window of a result that may be published, in seconds: ML.ENERGY benchmark v3. */
export const MIN_PUBLISHABLE_WINDOW_S = 30;

/** Conversations that every window is held for at least, whatever its length; a closed loop needs more of many slots. */
export const MIN_COMPLETIONS = 30;
