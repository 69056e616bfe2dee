/** Weights of a folder in the format safetensors: how many parameters, and which bytes. */
import { createHash } from 'node:crypto';
import { open, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { fileHash } from '../files/file-hash.js';

const headerSchema = z.record(
  z.string(),
  z.union([z.object({ shape: z.array(z.int().min(0)) }), z.record(z.string(), z.string())]),
);

/** The length of the header, in bytes, stands before it; far more than any header has is no such file. */
const LENGTH_BYTES = 8;
const LONGEST_HEADER = 256 * 1024 * 1024;

/** Files of weights, by name. Copies that some repositories keep in other formats, or in folders inside, don't count. */
export async function weightFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  const weights = names.filter((name) => name.endsWith('.safetensors'));
  // Mistral's own file holds the same weights once more.
  const shared = weights.filter((name) => !name.startsWith('consolidated'));
  return (shared.length > 0 ? shared : weights).sort().map((name) => join(folder, name));
}

/**
 * Elements of all tensors, from the headers of the files. Weights that are packed several to an element, as of 4 bits, count as
 * their elements. Null where there are none, one cannot be read, or a part is missing (`-00001-of-00004`).
 */
export async function countParameters(files: readonly string[]): Promise<number | null> {
  const parts = Number(/-of-(\d+)\.safetensors$/.exec(files[0] ?? '')?.[1] ?? 1);
  if (files.length < parts) return null;
  let parameters = 0;
  for (const path of files) {
    const own = await parametersOf(path).catch(() => null);
    if (own === null) return null;
    parameters += own;
  }
  return files.length === 0 ? null : parameters;
}

async function parametersOf(path: string): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { buffer: start } = await file.read(Buffer.alloc(LENGTH_BYTES), 0, LENGTH_BYTES, 0);
    const length = Number(start.readBigUInt64LE(0));
    if (length > LONGEST_HEADER) throw new Error('no header of safetensors');
    const { buffer: header, bytesRead } = await file.read(Buffer.alloc(length), 0, length, LENGTH_BYTES);
    if (bytesRead < length) throw new Error('half a header');
    return Object.values(headerSchema.parse(JSON.parse(header.toString('utf8')))).reduce(
      (sum, tensor) =>
        sum +
        (Array.isArray(tensor['shape']) ? tensor['shape'].reduce((product, side) => product * side, 1) : 0),
      0,
    );
  } finally {
    await file.close();
  }
}

/**
 * SHA-256 of the weights: of a single file its own, of several that of their names and hashes, a line for each. Null where there
 * are none. Throws LLEM_E_PREPARE, and LLEM_E_INTERRUPTED when the signal says so.
 */
export async function weightsHash(files: readonly string[], signal: AbortSignal): Promise<string | null> {
  const [only] = files;
  if (only === undefined) return null;
  if (files.length === 1) return fileHash(only, signal);
  const hash = createHash('sha256');
  for (const path of files) hash.update(`${await fileHash(path, signal)}  ${basename(path)}\n`);
  return hash.digest('hex');
}
