/**
 * How deep a text is nested, found without recursion. Near the end of its stack Node.js does not always throw: where a regular expression
 * is about to be compiled there, it ends the process.
 */
import { Parser, type CST } from 'yaml';

/** Deeper than anybody writes, and far from where the stack ends. */
const DEEPEST_PARSED = 500;

/** Whether what walks it by recursion may come near the end of the stack. */
export function isNestedTooDeeply(text: string): boolean {
  let level: readonly CST.Token[] = [...new Parser().parse(text)];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST_PARSED) return true;
    level = level.flatMap(inside);
  }
  return false;
}

function inside(token: CST.Token): CST.Token[] {
  switch (token.type) {
    case 'document':
      return token.value ? [token.value] : [];
    case 'block-map':
    case 'block-seq':
    case 'flow-collection':
      return token.items.flatMap(({ key, value }) =>
        [key, value].filter((part) => part !== null && part !== undefined),
      );
    default:
      return [];
  }
}
