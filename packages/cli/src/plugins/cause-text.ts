/** What was thrown by a plugin, in a line for people: what, and where in its code. */
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The first line of a message, with the place in the folder of the plugin's module that is nearest to where it was thrown. */
export function causeText(cause: unknown, { moduleUrl }: { readonly moduleUrl: string }): string {
  if (!(cause instanceof Error)) return firstLine(String(cause));
  const place = placeIn(cause.stack ?? '', moduleUrl);
  return place === null ? firstLine(cause.message) : `${firstLine(cause.message)} (${place})`;
}

/** `/path/backend.js:12:5`; null where the stack is not of that folder. */
function placeIn(stack: string, moduleUrl: string): string | null {
  try {
    // As it is imported: of a linked folder by its own path, not by that of the link.
    const folder = `${dirname(realpathSync(fileURLToPath(moduleUrl)))}/`;
    for (const [, address = '', position = ''] of stack.matchAll(FRAME)) {
      const path = address.startsWith('file:') ? fileURLToPath(address) : address;
      if (path.startsWith(folder)) return `${path}${position}`;
    }
  } catch {
    // A file that is not there, or an address of no file: there is no place to be told.
  }
  return null;
}

/** Of `at name (file:///path/backend.js:12:5)`: the address, and line and column. */
const FRAME = /^ +at (?:.*\()?((?:file:\/\/)?\/.*?)(:\d+:\d+)\)?$/gm;

const firstLine = (text: string): string => text.split('\n')[0] ?? '';
