// Figures of the load generator's bench, in columns.

/** Nearest rank in an ascending list. */
export const quantile = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? NaN;

export const median = (list) => {
  const sorted = [...list].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** The first row is the head; the first column stands left, all others right. */
export function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  rows.forEach((row, index) => {
    const cells = row.map((cell, column) =>
      column === 0 ? String(cell).padEnd(widths[column]) : String(cell).padStart(widths[column]),
    );
    console.log(cells.join('  ').trimEnd());
    if (index === 0) console.log(widths.map((width) => '-'.repeat(width)).join('  '));
  });
}

export const whole = (value) => (Number.isFinite(value) ? Math.round(value).toLocaleString('en') : '-');
export const fixed = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : '-');
export const percent = (share) => (Number.isFinite(share) ? `${Math.round(100 * share)} %` : '-');
