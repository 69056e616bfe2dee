/** What to do about plugins that a study names and nobody has installed. */
import { isLlemError } from '@llem/core';
import { expect, it } from 'vitest';
import { catalog } from './fixture.js';
import { loadStudy } from './study.js';

function remedyOf(text: string, whyUnusable: () => string | null = () => null): string {
  try {
    loadStudy({ text: `name: s\nmodel: m\n${text}`, path: 's.yaml' }, { ...catalog, whyUnusable });
  } catch (error) {
    if (isLlemError(error)) return error.remedy;
    throw error;
  }
  return '';
}

const INSTALL = '`llem plugins install @llem/backend-sglang`';

it('is to install it, where nothing else is wrong', () => {
  expect(remedyOf('backend: sglang\nsglang: { page_size: 1 }\n')).toBe(
    `Run ${INSTALL}, and then the command again.`,
  );
});

it('is to install it and to correct the rest, where something else is wrong', () => {
  expect(remedyOf('backend: sglang\nnope: 1\n')).toBe(
    `Run ${INSTALL}, correct the rest, and run the command again.`,
  );
});

it('is no installation of what is there and cannot be used, or of what nobody knows', () => {
  const correct = 'Correct it and run the command again.';
  expect(remedyOf('backend: sglang\n', () => 'It is broken. Update it.')).toBe(correct);
  expect(remedyOf('backend: somebodys-engine\n')).toBe(correct);
});
