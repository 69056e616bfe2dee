/** What a promise is rejected with, where that must be an error for people. */
import { isLlemError, type ErrorCode, type LlemError } from '@llem/core';
import { expect } from 'vitest';

export async function errorOf(code: ErrorCode, promise: Promise<unknown>): Promise<LlemError> {
  const error: unknown = await promise.then(
    () => new Error('It did not fail.'),
    (reason: unknown) => reason,
  );
  if (!isLlemError(error)) throw error;
  expect(error.code).toBe(code);
  expect(error.remedy).not.toBe('');
  return error;
}
