/** summary.json on disk. */
import { join } from 'node:path';
import { replaceFile } from '../store/durable.js';
import { storing } from '../store/failure.js';
import { FILES } from '../store/layout.js';
import { summarySchema, type Summary } from './schema.js';

/** Writes summary.json into a result directory, whole or not at all. Throws LLEM_E_STORE. */
export async function writeSummary(dir: string, summary: Summary): Promise<void> {
  const text = `${JSON.stringify(summarySchema.parse(summary), null, 2)}\n`;
  await storing(`write the summary into ${dir}`, () => replaceFile(join(dir, FILES.summary), text));
}
