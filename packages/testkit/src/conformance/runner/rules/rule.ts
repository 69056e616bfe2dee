/** What the rules of runners have in common. */
import type { Rule } from '../../rule.js';
import { inLab, type Lab } from '../lab.js';
import type { RunnerSubject } from '../subject.js';

export type RunnerRule = Rule<RunnerSubject>;

/** A rule for every runner. */
export const rule = (id: string, title: string, check: (lab: Lab) => Promise<void>): RunnerRule => ({
  id,
  title,
  check: (subject) => inLab(subject, check),
});

/** A rule for runners that start what they run. */
export const ruleOfStarting = (...args: Parameters<typeof rule>): RunnerRule => ({
  ...rule(...args),
  leftOut: ({ optionsFor }) => (optionsFor === null ? null : 'it starts nothing'),
});

/** A rule for runners that use a server which is there. */
export const ruleOfUsing = (...args: Parameters<typeof rule>): RunnerRule => ({
  ...rule(...args),
  leftOut: ({ optionsFor }) => (optionsFor === null ? 'it starts its services' : null),
});
