/** The rules of meters catch what breaks them. */
import { expect, it } from 'vitest';
import { failuresOf } from '../suite.js';
import { meterThatBreaks } from './broken.fixture.js';
import { METER_RULES } from './rules.js';

const idsOf = async (breaks: string) =>
  (await failuresOf(METER_RULES, await meterThatBreaks(breaks))).map(({ id }) => id);

it('a meter that does all that is asked breaks none', async () => {
  expect(await idsOf('')).toEqual([]);
});

it.each(METER_RULES.map(({ id }) => id))('a meter that breaks %s breaks that rule alone', async (id) => {
  expect(await idsOf(id)).toEqual([id]);
});
