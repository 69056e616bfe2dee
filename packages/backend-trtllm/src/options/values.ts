/** Kinds of values that the tables of options share. */
import { optionShape, type OptionTable } from '@llem/serving';
import { z } from 'zod';

export const flag = z.boolean();
export const whole = z.int().min(0);
export const positive = z.int().min(1);
export const share = z.number().min(0).max(1);
export const text = z.string().min(1);

/** A mapping of the options file with the keys of a table, each of which may be left out. */
export const mappingOf = <T extends OptionTable>(table: T) => z.strictObject(optionShape(table));
