/** Kinds of values that options of SGLang have. */
import { z } from 'zod';

/** A whole number from 1. */
export const positive = z.int().min(1);
/** A whole number from 0. */
export const count = z.int().min(0);
/** A share above 0, below or equal to 1. */
export const share = z.number().gt(0).max(1);
export const word = z.string().min(1);
export const flag = z.boolean();
/** A mapping that is handed to SGLang as JSON. */
export const mapping = z.record(z.string(), z.json());
