/** What went wrong, as a finding of a check. */
import { failed, isLlemError, type Finding } from '@llem/core';

export function asFinding(error: unknown): Finding {
  if (isLlemError(error)) return failed(error.message, error.remedy);
  const message = error instanceof Error ? error.message : String(error);
  return failed(`The check itself failed: ${message}.`, 'Tell the authors of llem.');
}
