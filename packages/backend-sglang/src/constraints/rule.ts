/** What a rule is given and what it gives. */
import type { Violation } from '@llem/core';
import type { Known as KnownOf, Rule as RuleOf } from '@llem/serving';
import type { SglangOptions } from '../options.js';

export type Known = KnownOf<SglangOptions>;
export type Rule = RuleOf<SglangOptions>;

export const violation = (option: string, message: string): Violation => ({
  path: `sglang.${option}`,
  message,
});
