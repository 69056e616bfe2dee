/** Which keys no study may have, whatever its schema. */
import { quote } from './problems.js';

/** Longest key, in characters; a dotted path is a key too. */
const LONGEST_KEY = 300;

/** Keys that mean something to JavaScript and nothing to a study. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** What is wrong with a key as it is written; null when nothing is. */
export function faultOfKey(key: string): string | null {
  if (key === '<<') return 'merge keys ("<<") are not supported; write the settings out';
  if (key.length > LONGEST_KEY) return `the key ${quote(key)} is longer than ${LONGEST_KEY} characters`;
  const steps = key.split('.');
  if (steps.includes('')) return `the key ${quote(key)} has an empty part; write it as "section.setting"`;
  return steps.some((step) => RESERVED.has(step)) ? `unknown key ${quote(key)}` : null;
}
