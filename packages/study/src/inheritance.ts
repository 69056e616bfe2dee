/** `base:` in a study file: the files that it inherits from are read, and it is laid over them. */
import { mentionsEnvironment } from './environment.js';
import type { Grammar } from './grammar.js';
import { Problems, quote, type SettingsSource } from './problems.js';
import { overlay, pick, type LocatedMap } from './tree.js';
import { unfold } from './unfold.js';
import { readYaml } from './yaml-source.js';

/** A study file: its text, and its path as messages shall name it. */
export interface StudyFile {
  readonly text: string;
  readonly path: string;
}

/**
 * Reads the file that `base:` names, `from` being the path of the file in which it stands. The same file has the same path
 * whoever names it. A text in place of a file says why there is none.
 */
export type ReadBase = (base: string, from: string) => StudyFile | string;

/** Most files that one inherits from by way of another. */
const MOST_FILES = 16;

/** One file of the chain. */
interface Layer {
  readonly source: SettingsSource;
  /** The first position that is this file's. */
  readonly origin: number;
  readonly settings: LocatedMap;
}

/**
 * The settings of a file over those that it inherits, without dotted keys and without `base`; what is wrong in any of the
 * files is placed there. Throws LLEM_E_STUDY for a file that is no YAML.
 */
export function readInherited(
  file: StudyFile,
  readBase: ReadBase | undefined,
  grammar: Grammar,
): { readonly root: LocatedMap; readonly source: SettingsSource; readonly problems: Problems } {
  const layers: Layer[] = [];
  const source: SettingsSource = {
    name: file.path,
    describe: (at) => (layers.findLast(({ origin }) => origin <= at) ?? layers[0])?.source.describe(at) ?? '',
  };
  const problems = new Problems(source);
  let origin = 0;
  const paths: string[] = [];
  for (let next: StudyFile | null = file; next !== null;) {
    const { path, text }: StudyFile = next;
    const read = readYaml(text, path, { origin });
    const settings = unfold(read.root, [grammar.studyPaths], problems);
    layers.push({ source: read.source, origin, settings });
    paths.push(path);
    origin += text.length + 1;
    next = baseOf(settings, paths, readBase, problems);
  }
  const root = layers
    .map(({ settings }) => pick(settings, (key) => key !== 'base'))
    .reduceRight((under, settings) => ({ ...overlay(under, settings), at: settings.at }));
  return { root, source, problems };
}

/** The file that the last of `paths` inherits from; null where it names none that can be read. */
function baseOf(
  settings: LocatedMap,
  paths: readonly string[],
  readBase: ReadBase | undefined,
  problems: Problems,
): StudyFile | null {
  const node = settings.entries.get('base')?.value;
  if (node === undefined) return null;
  const refuse = (message: string) => {
    problems.add(node.at, `base: ${message}`);
    return null;
  };
  if (node.kind !== 'scalar' || typeof node.value !== 'string' || node.value.trim() === '') {
    return refuse('expected the path of one study file, relative to this one');
  }
  if (mentionsEnvironment(node.value)) {
    return refuse('no environment variable can stand in the path of a file to inherit from; write it out');
  }
  if (readBase === undefined) return refuse('only a study that is read from a file can inherit from another');
  const file = readBase(node.value, paths.at(-1) ?? '');
  if (typeof file === 'string') return refuse(file);
  if (paths.includes(file.path)) {
    const circle = [...paths.slice(paths.indexOf(file.path)), file.path]
      .map((path) => quote(path))
      .join(' -> ');
    return refuse(`a file cannot inherit from itself: ${circle}`);
  }
  if (paths.length >= MOST_FILES) return refuse(`more than ${MOST_FILES} files inherit from one another`);
  return file;
}
