import { expect, it } from 'vitest';
import { createOpenFilesBuffer, notedFiles, openFilesOf } from './open-files.js';

it('notes what is open until it is forgotten, and leaves out what it has no room for', () => {
  const buffer = createOpenFilesBuffer();
  const files = openFilesOf(buffer);
  for (const file of [3, 31, 32, 1_048_575, 1_048_576, -1]) files.note(file);
  expect(notedFiles(buffer)).toEqual([3, 31, 32, 1_048_575]);
  for (const file of [31, 1_048_576, -1]) files.forget(file);
  expect(notedFiles(buffer)).toEqual([3, 32, 1_048_575]);
});
