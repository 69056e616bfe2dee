/** What a rule is given and what it gives. */
import type { Violation } from '@llem/core';
import type { Known as KnownOf, Rule as RuleOf } from '@llem/serving';
import type { TrtllmOptions } from '../options.js';

export type Known = KnownOf<TrtllmOptions>;
export type Rule = RuleOf<TrtllmOptions>;

export const violation = (option: string, message: string): Violation => ({
  path: `trtllm.${option}`,
  message,
});
