/** The section of a study: names, values, releases. */
import { isInReleases } from '@llem/serving';
import { expect, test } from 'vitest';
import { OPTION_TABLE, optionsSchema } from './options.js';

const rows: readonly (readonly [string, { about: string; versions?: string }])[] =
  Object.entries(OPTION_TABLE);

test('has every option that matters, each with its default and the release that has it', () => {
  expect(rows.length).toBeGreaterThanOrEqual(110);
  for (const [name, { about }] of rows) {
    expect(about, name).toMatch(/Default: .*\.$/);
    expect(about, name).toMatch(/\(0\.5\.\d+\)\.$|before 0\.5\.\d+\.$/);
  }
});

test('ranges are of releases that there are', () => {
  for (const [name, { versions }] of rows) {
    if (versions === undefined) continue;
    const known = ['0.5.10', '0.5.17', '0.5.23'].map((release) => isInReleases(release, versions));
    expect(known, name).toContain(true);
    expect(known, name).toContain(false);
  }
});

test('refuses what is no value of an option, and what is no option', () => {
  for (const settings of [
    { mem_fraction_static: 1.5 },
    { tp_size: 0 },
    { schedule_policy: 'best' },
    { tp: 2 },
  ]) {
    expect(optionsSchema.safeParse(settings).success, JSON.stringify(settings)).toBe(false);
  }
});

test('what is not set stays unset', () => {
  expect(optionsSchema.parse({})).toEqual({ executable: 'sglang', extra: {} });
});
