/** Which versions a new package asks for: those that this release was made with, as its own package.json says. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const range = z.string().min(1);

const ownPackageSchema = z.object({
  version: z.string(),
  engines: z.object({ node: range }),
  dependencies: z.object({ '@llem/core': range, zod: range }),
  devDependencies: z.object({
    '@llem/localhost': range,
    '@llem/testkit': range,
    '@types/node': range,
    typescript: range,
    vitest: range,
  }),
});

export type OwnPackage = z.output<typeof ownPackageSchema>;

export async function ownPackage(): Promise<OwnPackage> {
  return ownPackageSchema.parse(
    JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')),
  );
}
