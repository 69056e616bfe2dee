/** Kinds of values that options of vLLM have. */
import { z } from 'zod';

/** A whole number from 1. */
export const positive = z.int().min(1);
/** A whole number from 0. */
export const count = z.int().min(0);
/** A share above 0, up to 1. */
export const share = z.number().gt(0).max(1);
export const word = z.string().min(1);
export const words = z.array(word).min(1);
export const flag = z.boolean();
/** A mapping that is handed to vLLM as it is. */
export const mapping = z.record(z.string(), z.json());
