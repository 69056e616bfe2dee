/** Borderless tables of text. */
import Table from 'cli-table3';

export interface GridColumn {
  /** May have several lines, the unit on the last. */
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Longer text is wrapped at spaces; without it the column is as wide as its widest cell. */
  readonly width?: number;
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
} as const;

/** Rows under their titles, columns two spaces apart, no spaces at the ends of lines. */
export function grid(columns: readonly GridColumn[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: columns.map((column) => column.title),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    colAligns: columns.map((column) => column.align ?? 'left'),
    // cli-table3 counts the padding in; null leaves the width to the content.
    colWidths: columns.map((column) => (column.width === undefined ? null : column.width + 2)),
    wordWrap: true,
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
