/** The model's name in requests to a server that knows it under another one. */
import type { Dialect, Endpoint } from '@llem/core';

export function servedAs({ servedModel }: Endpoint, dialect: Dialect): Dialect {
  return servedModel === undefined ? dialect : { ...dialect, body: { ...dialect.body, model: servedModel } };
}
