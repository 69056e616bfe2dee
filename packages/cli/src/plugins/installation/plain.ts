/** Text of strangers, such that it can do nothing to a terminal and say nothing in another's place. */
import { oneLine, truncate } from '../../terminal/text.js';

/** One line of at most `width` columns, without control sequences and without signs that turn text around or hide it. */
export function plain(text: string, width = 400): string {
  return truncate(oneLine(text).replace(/\p{Cf}/gu, ''), width);
}
