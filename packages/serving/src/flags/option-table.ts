/** Options of an engine as a table: what each is, what it does, which releases have it, and which flag it becomes. */
import { z } from 'zod';

/** How a value becomes arguments. `a_b` stands for the option's flag. */
export type FlagForm =
  /** `--a-b VALUE` */
  | 'value'
  /** `--a-b` when true, nothing when false */
  | 'switch'
  /** `--a-b` when true, `--no-a-b` when false */
  | 'negatable'
  /** `--a-b '{"x":1}'` */
  | 'json'
  /** `--a-b X Y Z` */
  | 'list'
  /** `--a-b X --a-b Y` */
  | 'repeated';

export interface EngineOption<S extends z.ZodType = z.ZodType> {
  /** The value where it is set. Every option may be left out: then the engine's own default holds. */
  readonly schema: S;
  /** What it does to speed or energy, and the default with the release it was read from. */
  readonly about: string;
  /** Heading in the documentation. */
  readonly group: string;
  /** Without dashes at its front; left out where it is the option's name with `-` in place of `_`; null: it is no flag. */
  readonly flag?: string | null;
  /** `value` where it is left out. */
  readonly form?: FlagForm;
  /** Releases that have it, such as `>=0.11`; left out: all of them. */
  readonly versions?: string;
}

export type OptionTable = Readonly<Record<string, EngineOption>>;

/** Parsed values by option; those that were not set are missing. */
export type OptionValues = Readonly<Record<string, unknown>>;

type OptionShape<T extends OptionTable> = {
  [K in keyof T]: z.ZodOptional<T[K]['schema']>;
};

/**
 * The shape of a zod object that takes the options of a table, each with its description. JSON Schema has their heading as
 * `x-group`, for pages that list them.
 */
export function optionShape<const T extends OptionTable>(table: T): OptionShape<T> {
  const shape: Record<string, z.ZodType> = {};
  for (const [name, { schema, about, group, versions }] of Object.entries(table)) {
    const releases = versions === undefined ? '' : ` Releases ${versions}.`;
    shape[name] = schema.optional().meta({ description: `${about}${releases}`, 'x-group': group });
  }
  return asShape<T>(shape, table);
}

/** Every key of the table has been given its schema above: that it has is looked at here, since no type can tell. */
function asShape<T extends OptionTable>(shape: Record<string, z.ZodType>, table: T): OptionShape<T> {
  if (!isShapeOf(shape, table)) throw new Error('a table of options and its shape differ');
  return shape;
}

function isShapeOf<T extends OptionTable>(
  shape: Record<string, z.ZodType>,
  table: T,
): shape is Record<string, z.ZodType> & OptionShape<T> {
  return Object.keys(table).every((name) => shape[name] instanceof z.ZodOptional);
}

/** The flag of an option, without dashes at its front; null where it is none. */
export function flagOf(name: string, { flag }: EngineOption): string | null {
  return flag === undefined ? name.replaceAll('_', '-') : flag;
}
