/** What a rule is given and what it gives. */
import type { Violation } from '@llem/core';
import type { Known as KnownOf, Rule as RuleOf } from '@llem/serving';
import type { VllmOptions } from '../options.js';

export type Known = KnownOf<VllmOptions>;
export type Rule = RuleOf<VllmOptions>;

export const violation = (option: string, message: string): Violation => ({
  path: `vllm.${option}`,
  message,
});
