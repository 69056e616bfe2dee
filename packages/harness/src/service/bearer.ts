/** The bearer token of an endpoint, which goes into the headers of questions to it and nowhere else. */
import type { Endpoint } from '@llem/core';

/** Empty where the endpoint has none, or its variable is not set. */
export function bearerHeader({ tokenEnv }: Endpoint): Readonly<Record<string, string>> {
  const token = tokenEnv === undefined ? undefined : process.env[tokenEnv];
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
