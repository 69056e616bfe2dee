import { defineOptions } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeSchema, typeName } from './options.js';

const described = (schema: z.ZodType) => describeSchema(defineOptions(schema).jsonSchema);

describe('describeSchema', () => {
  it('gives name, type, default and description', () => {
    const schema = z.strictObject({
      threads: z.int().min(1).default(4).describe('Threads that compute.'),
      path: z.string(),
    });
    expect(described(schema)).toEqual([
      {
        name: 'threads',
        type: 'integer >= 1',
        default: 4,
        required: false,
        description: 'Threads that compute.',
      },
      { name: 'path', type: 'string', default: null, required: true, description: '' },
    ]);
  });

  it('opens nested mappings to dotted names, as a sweep writes them', () => {
    const schema = z.strictObject({
      cache: z.strictObject({ type: z.enum(['f16', 'q8']).default('f16') }).prefault({}),
    });
    expect(described(schema)).toMatchObject([{ name: 'cache.type', type: '"f16" | "q8"', default: 'f16' }]);
  });

  it('has no options for a plugin without any', () => {
    expect(described(z.strictObject({}))).toEqual([]);
    expect(describeSchema({})).toEqual([]);
    expect(describeSchema({ properties: 'nonsense' })).toEqual([]);
  });
});

describe('typeName', () => {
  const typeOf = (schema: z.ZodType) => typeName(defineOptions(schema).jsonSchema);

  it.each([
    [z.number(), 'number'],
    [z.int(), 'integer'],
    [z.number().min(0).max(1), 'number 0..1'],
    [z.number().gt(0), 'number > 0'],
    [z.int().max(9), 'integer <= 9'],
    [z.string().nullable(), 'string | null'],
    [z.union([z.literal('auto'), z.array(z.string())]), '"auto" | list of string'],
    [z.record(z.string(), z.string()), 'mapping'],
    [z.unknown(), 'any'],
  ])('reads %#', (schema, expected) => {
    expect(typeOf(schema)).toBe(expected);
  });
});
