/** Options as the arguments of a command line. */
import { flagOf, type EngineOption, type OptionTable, type OptionValues } from './option-table.js';

/** In the order of the table. Pure. */
export function optionArguments(table: OptionTable, values: OptionValues): string[] {
  return Object.entries(table).flatMap(([name, option]) => {
    const flag = flagOf(name, option);
    const value = values[name];
    return flag === null || value === undefined ? [] : argumentsOf(flag, option, value);
  });
}

function argumentsOf(flag: string, { form = 'value' }: EngineOption, value: unknown): string[] {
  const all = Array.isArray(value) ? value : [value];
  switch (form) {
    case 'switch':
      return value === true ? [`--${flag}`] : [];
    case 'negatable':
      return [value === true ? `--${flag}` : `--no-${flag}`];
    case 'json':
      return [`--${flag}`, JSON.stringify(value)];
    case 'list':
      return all.length === 0 ? [] : [`--${flag}`, ...all.map(word)];
    case 'repeated':
      return all.flatMap((one) => [`--${flag}`, word(one)]);
    case 'value':
      return joined(flag, word(value));
  }
}

const word = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** A value that begins with a dash, such as -1, would be taken for a flag of its own. */
const joined = (flag: string, value: string): string[] =>
  value.startsWith('-') ? [`--${flag}=${value}`] : [`--${flag}`, value];

/** A flag that is going to be passed. */
export interface UsedFlag {
  /** Of the option that it stands for, in the study: `vllm.max_num_seqs`. */
  readonly path: string;
  /** With its dashes. */
  readonly flag: string;
  /** Releases that have it; null: all of them. */
  readonly versions: string | null;
}

/** The flags that `optionArguments` gives for the same values. `section` is that of the study, such as `vllm`. */
export function usedFlags(section: string, table: OptionTable, values: OptionValues): UsedFlag[] {
  return Object.entries(table).flatMap(([name, option]) => {
    const [first] = optionArguments({ [name]: option }, values);
    if (first === undefined) return [];
    const [flag = first] = first.split('=', 1);
    return [{ path: `${section}.${name}`, flag, versions: option.versions ?? null }];
  });
}
