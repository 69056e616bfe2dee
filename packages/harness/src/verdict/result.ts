/** The shape that all checks share. */
import type { CheckResult } from '@llem/core';
import type { Evidence } from './evidence.js';

/** Null where the check does not apply. */
export type Judge = (evidence: Evidence) => CheckResult | null;

/** A check with what was seen, what is allowed, and a message that ends in what to do when it is not ok. */
export const result = (
  id: string,
  severity: CheckResult['severity'],
  ok: boolean,
  seen: Pick<CheckResult, 'value' | 'limit' | 'message'>,
): CheckResult => ({ id, ok, severity, ...seen });

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
