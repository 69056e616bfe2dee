/** What the checks of one part of the machine find, and what is done about it where somebody asks for that. */
import { failed, ok, runCheck, type Check, type Finding } from '@llem/core';

export interface DoctorFinding extends Finding {
  readonly id: string;
  readonly title: string;
  /** What was done about what the same check had found before, a sentence. */
  readonly done?: string;
}

export interface Looking {
  /** Puts right what can be, and looks again. */
  readonly fix: boolean;
  /** In milliseconds, for a check without a limit of its own. */
  readonly limitMs: number;
}

/** Never rejects. What can be put right and is not says how to have it done. */
export async function findingsOf(checks: readonly Check[], looking: Looking): Promise<DoctorFinding[]> {
  const found = await Promise.all(
    checks.map(async (check) => ({ check, finding: await runCheck(check, looking.limitMs) })),
  );
  const findings: DoctorFinding[] = [];
  // One after the other: what one check puts right may be what another one looks at.
  for (const { check, finding } of found) {
    const { id, title } = check;
    const fix = finding.status === 'ok' ? undefined : check.fix?.bind(check);
    if (fix === undefined) findings.push({ id, title, ...finding });
    else if (looking.fix) findings.push({ id, title, ...(await putRight(check, fix, looking.limitMs)) });
    else findings.push({ id, title, ...finding, remedy: withCommand(finding.remedy) });
  }
  return findings;
}

async function putRight(
  check: Check,
  fix: NonNullable<Check['fix']>,
  limitMs: number,
): Promise<Finding & { readonly done: string }> {
  const run = async (signal: AbortSignal): Promise<Finding> => {
    try {
      return ok(await fix(signal));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return failed(`It could not be put right: ${why}`, '');
    }
  };
  const { id, title, limitMs: own } = check;
  const limit = own === undefined ? {} : { limitMs: own };
  const { message } = await runCheck({ id, title, run, ...limit }, limitMs);
  return { ...(await runCheck(check, limitMs)), done: message };
}

function withCommand(remedy: string): string {
  if (remedy.includes('llem doctor --fix')) return remedy;
  return remedy === '' ? 'Have it done: llem doctor --fix' : `${remedy} Or have it done: llem doctor --fix`;
}
