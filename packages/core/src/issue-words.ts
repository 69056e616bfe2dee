/** What a schema finds wrong, in words for people; messages that a schema's author wrote stay as they are. */
import type { z } from 'zod';

/** For `schema.safeParse(value, IN_WORDS)`: every message says what was expected. */
export const IN_WORDS = { error: wordsOf };

/** `energy.meters[0].type: expected text, and 2 more`, the first of them; `above` is where the checked value stands itself. */
export function issueText(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
  above: readonly PropertyKey[] = [],
): string {
  const [issue] = issues;
  const where = [...above, ...(issue?.path ?? [])]
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
  const more = issues.length > 1 ? `, and ${issues.length - 1} more` : '';
  const message = `${issue?.message ?? 'not valid'}${more}`;
  return where === '' ? message : `${where}: ${message}`;
}

function wordsOf(issue: z.core.$ZodRawIssue): string {
  const isMissing = issue.code !== 'custom' && issue.input === undefined;
  return isMissing ? `missing, ${expectedBy(issue)}` : expectedBy(issue);
}

function expectedBy(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeWords(issue.expected)}`;
    case 'invalid_value':
      return `expected ${oneOf(issue.values.map(valueWords))}`;
    case 'too_small':
      return `expected ${boundWords(issue.origin, issue.minimum, issue.exact === true ? 'exactly' : issue.inclusive === false ? 'more than' : 'at least')}`;
    case 'too_big':
      return `expected ${boundWords(issue.origin, issue.maximum, issue.exact === true ? 'exactly' : issue.inclusive === false ? 'less than' : 'at most')}`;
    case 'not_multiple_of':
      return `expected a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return issue.format === 'regex' && issue.pattern !== undefined
        ? `expected text of the form ${issue.pattern}`
        : `expected text that is a valid ${issue.format}`;
    case 'unrecognized_keys':
      return `unknown ${issue.keys.length === 1 ? 'key' : 'keys'} ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`;
    case 'invalid_union':
      return unionWords(issue);
    case 'invalid_key':
      return `the key is not valid: ${issue.issues[0]?.message ?? 'another is expected'}`;
    case 'invalid_element':
    case 'custom':
      return 'not a valid value';
  }
}

/** What any of the branches would have taken, where all of them wanted something else as a whole. */
function unionWords(union: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  if (union.inclusive !== false && union.options !== undefined) {
    return `expected ${oneOf(union.options.map(valueWords))}`;
  }
  const wanted = union.errors.flatMap((issues) =>
    issues.flatMap((issue) => {
      if (issue.path.length > 0) return [];
      if (issue.code === 'invalid_type') return [typeWords(issue.expected)];
      return issue.code === 'invalid_value' ? issue.values.map(valueWords) : [];
    }),
  );
  return wanted.length === 0 ? 'not a valid value' : `expected ${oneOf([...new Set(wanted)])}`;
}

function typeWords(expected: string): string {
  switch (expected) {
    case 'int':
      return 'a whole number';
    case 'number':
      return 'a number';
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'array':
    case 'tuple':
      return 'a list';
    case 'object':
    case 'record':
    case 'map':
      return 'a mapping';
    default:
      return expected;
  }
}

/** `at least 1`, `text of at most 64 characters`, `a list of at least 1 entry`. */
function boundWords(origin: string, bound: number | bigint, how: string): string {
  const amount = (noun: string, nouns: string) => `${how} ${bound} ${Number(bound) === 1 ? noun : nouns}`;
  switch (origin) {
    case 'string':
      return `text of ${amount('character', 'characters')}`;
    case 'array':
    case 'set':
      return `a list of ${amount('entry', 'entries')}`;
    default:
      return `${how} ${bound}`;
  }
}

function valueWords(value: z.core.util.Primitive): string {
  return value === '' ? '""' : String(value);
}

/** `a`, `a or b`, `a, b or c` */
export function oneOf(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}
