/** Which keys a study has, against what plugins may be called. */
import { RESERVED_BACKEND_IDS } from '@llem/core';
import { expect, it } from 'vitest';
import { grammarOf } from './grammar.js';
import { faultOfKey } from './keys.js';

it('no backend may be called like a key of studies, and every other key is its own', () => {
  const { keys } = grammarOf({ backends: new Map() });
  const impossible = ['constructor', 'prototype'];
  for (const key of impossible) expect(faultOfKey(key)).not.toBeNull();
  expect([...RESERVED_BACKEND_IDS].sort()).toEqual([...keys, ...impossible].sort());
});
