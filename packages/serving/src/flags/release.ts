/** Versions of engines, which Python numbers: 0.28.0rc1, 0.11.1.dev12+g1234, 0.5.17.post2. */
import { coerce, satisfies } from 'semver';

/**
 * The version in what an engine prints for it, such as `vllm 0.28.0` or `TensorRT-LLM version: 1.3.0rc24` among lines of a log: the
 * last one that ends a line. Null where there is none.
 */
export function versionInText(text: string): string | null {
  const found = [
    ...text.matchAll(/(?:^|[\s=v])(\d+\.\d+(?:\.\d+)?(?:[._-]?[A-Za-z]\w*|\.\d+|\+[\w.]+)*)\s*$/gm),
  ];
  return found.at(-1)?.[1] ?? null;
}

/**
 * Whether a version is of a range such as `>=0.11`. Candidates, development and post releases count as the release that they are named
 * after. Null where the version is none.
 */
export function isInReleases(version: string, range: string): boolean | null {
  const release = coerce(version);
  return release === null ? null : satisfies(release, range);
}
