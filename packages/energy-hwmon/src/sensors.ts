/** The sensors under /sys/class/hwmon that tell the power of something that llem measures. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A folder of the tree, such as `hwmon3`. */
export interface Chip {
  readonly path: string;
  /** What its driver calls it: `amdgpu`, `power_meter`. */
  readonly name: string;
}

export function listChips(root: string): Chip[] {
  return entriesOf(root)
    .filter((entry) => /^hwmon\d+$/.test(entry))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((entry) => ({ path: join(root, entry), name: textOf(join(root, entry, 'name')) ?? '' }));
}

/** Names in a folder; none where it cannot be read. */
export function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A file's text without its line end; null where it cannot be read or is empty. */
export function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'latin1').trim() || null;
  } catch {
    return null;
  }
}

/** A file's number times `scale`; null where there is none. */
export function numberOf(path: string, scale = 1): number | null {
  const text = textOf(path);
  return text !== null && Number.isFinite(Number(text)) ? Number(text) * scale : null;
}
