/** The rules of every kind of plugin, in the order in which llem meets with what they are about. */
import type { Rule } from '../rule.js';
import { CREATE_RULES } from './create-rules.js';
import { OPTION_RULES } from './option-rules.js';
import type { PluginSubject } from './subject.js';

export { MODULE_RULES } from './module-rules.js';
export { PACKAGE_RULES } from './package-rules.js';

/** What is asked of a plugin whose module can be used. */
export const PLUGIN_RULES: readonly Rule<PluginSubject>[] = [...OPTION_RULES, ...CREATE_RULES];
