/** Asks a person, where one sits at a terminal. */
import { createInterface } from 'node:readline';

/** What is written to, and read from. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** As npx has it: whoever runs llem from a script has said what is wanted, and is not asked. */
export function isAsked({ stdin, stderr }: Terminal): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** True for `y` or `yes`. The end of the input is a no. */
export async function confirmed(question: string, { stdin, stderr }: Terminal): Promise<boolean> {
  stderr.write(`${question} [y/N] `);
  // The terminal edits the line and turns Ctrl-C into a signal; readline would keep that to itself.
  const lines = createInterface({ input: stdin, terminal: false });
  try {
    for await (const line of lines) return /^\s*y(es)?\s*$/i.test(line);
    stderr.write('\n');
    return false;
  } finally {
    lines.close();
  }
}
