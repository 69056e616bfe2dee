/** Checks the plugins that a study names, and the options that it gives to runners, data sets and meters. */
import type { OptionsSchema } from '@llem/core';
import { explainUnknown, installationOf, installedIds, type NamedKind } from './catalog.js';
import type { Grammar } from './grammar.js';
import { quote, showPath, type Problems } from './problems.js';
import { parseRunner } from './runner-choice.js';
import { pick, toUsed, type Located, type LocatedMap, type Path } from './tree.js';
import { check, type CheckOptions } from './validation.js';

/** A runner as an experiment or `runners:` names it. */
export function checkRunner(node: Located, path: Path, grammar: Grammar, problems: Problems): void {
  const runner = parseRunner(toUsed(node));
  if (!runner.ok) {
    const isBound = node.kind === 'scalar' && node.used !== undefined;
    const message = isBound ? `what ${quote(node.value)} gives is not a runner` : runner.message;
    problems.add(node.at, `${showPath(path)}: ${message}`);
    return;
  }
  checkPlugin('runner', runner.type, grammar.catalog.runners, node, path, grammar, problems);
}

/** The study's `runners:`, a mapping from backends to runners. */
export function checkRunners(node: Located, grammar: Grammar, problems: Problems): void {
  if (node.kind !== 'map') return;
  for (const [backend, entry] of node.entries) {
    if (!grammar.catalog.backends.has(backend)) {
      const { whyUnusable } = grammar.catalog;
      problems.add(
        entry.keyAt,
        explainUnknown('backend', backend, installedIds(grammar.catalog, 'backend'), whyUnusable),
        installationOf('backend', backend, whyUnusable),
      );
    }
    checkRunner(entry.value, ['runners', backend], grammar, problems);
  }
}

/** A data set as a workload names it; false for what is no name of one, of which nothing is said here. */
export function checkDataset(
  node: Located,
  path: Path,
  grammar: Grammar,
  problems: Problems,
  counts?: CheckOptions['counts'],
): boolean {
  const { datasets, whyUnusable } = grammar.catalog;
  const type = typeOf(node);
  if (datasets === undefined || type.kind !== 'scalar' || typeof type.value !== 'string') return false;
  const schema = datasets.get(type.value);
  if (schema === undefined) {
    const what = explainUnknown('dataset', type.value, installedIds(grammar.catalog, 'dataset'), whyUnusable);
    problems.add(type.at, `${showPath(path)}: ${what}`, installationOf('dataset', type.value, whyUnusable));
    return true;
  }
  // A name alone has no options, and is wrong where the data set needs some.
  const options: LocatedMap =
    node.kind === 'map'
      ? pick(node, (key) => key !== 'type')
      : { kind: 'map', at: node.at, entries: new Map() };
  check(schema, options, problems, { path, settings: grammar.settings, ...(counts ? { counts } : {}) });
  return true;
}

/** The study's `energy.meters`, where it is a list. */
export function checkMeters(node: Located, grammar: Grammar, problems: Problems): void {
  if (node.kind !== 'list') return;
  for (const [index, item] of node.items.entries()) {
    const type = item.kind === 'map' ? item.entries.get('type')?.value : item;
    if (type?.kind !== 'scalar' || typeof type.value !== 'string') continue;
    const path = ['energy', 'meters', index];
    checkPlugin('meter', type.value, grammar.catalog.meters, item, path, grammar, problems);
  }
}

/** That a named plugin is installed and takes the options of its mapping. */
function checkPlugin(
  kind: NamedKind,
  id: string,
  installed: ReadonlyMap<string, OptionsSchema> | undefined,
  node: Located,
  path: readonly (string | number)[],
  grammar: Grammar,
  problems: Problems,
): void {
  if (installed === undefined) return;
  const schema = installed.get(id);
  if (schema === undefined) {
    const { whyUnusable } = grammar.catalog;
    const what = explainUnknown(kind, id, installedIds(grammar.catalog, kind), whyUnusable);
    problems.add(typeOf(node).at, `${showPath(path)}: ${what}`, installationOf(kind, id, whyUnusable));
  } else if (node.kind === 'map') {
    const options: LocatedMap = pick(node, (key) => key !== 'type');
    check(schema, options, problems, { path, settings: grammar.settings });
  }
}

function typeOf(node: Located): Located {
  return node.kind === 'map' ? (node.entries.get('type')?.value ?? node) : node;
}
