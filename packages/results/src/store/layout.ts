/** The names in a result directory. */

export const FILES = {
  study: 'study.yaml',
  resolved: 'resolved.yaml',
  plan: 'plan.json',
  preflight: 'preflight.json',
  journal: 'journal.ndjson',
  manifest: 'manifest.json',
  summary: 'summary.json',
  runs: 'runs',
  lock: '.lock',
} as const;

/** In the folder of one attempt at a run. */
export const RUN_FILES = {
  record: 'record.json',
  requests: 'requests.parquet',
  samples: 'samples.parquet',
  tokens: 'tokens.parquet',
  engineLog: 'engine.log',
} as const;

/** `<study>_<yyyymmddThhmmssZ>`, and `_2`, `_3` ... where that is taken. */
export function studyFolderName(studyName: string, started: Date, occurrence: number): string {
  const stamp = started
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');
  return `${fileNamePart(studyName)}_${stamp}${occurrence > 1 ? `_${occurrence}` : ''}`;
}

/** `<nnn>_<experiment>_c<cycle>_a<attempt>`; the order of the names is the order of execution. */
export function runFolderName(
  run: { readonly position: number; readonly experimentId: string; readonly cycle: number },
  attempt: number,
): string {
  const place = String(run.position).padStart(3, '0');
  return `${place}_${fileNamePart(run.experimentId)}_c${run.cycle}_a${attempt}`;
}

/** Names are checked where a study is read; this keeps a name that came another way inside its folder. */
function fileNamePart(name: string): string {
  return (
    name
      .replace(/[^A-Za-z0-9._-]/g, '-')
      .replace(/^[.-]+/, '')
      .slice(0, 64) || 'unnamed'
  );
}

/** True for a name that stands for one entry of a folder and nothing above it. */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name);
}
