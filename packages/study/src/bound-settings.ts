/** Binds the texts of a study to the environment: each knows from then on what it is at use, and what is wrong with it is placed. */
import { concealmentOf } from './concealment.js';
import {
  faultOfReferences,
  mentionsEnvironment,
  resolveText,
  valueOf,
  variablesOf,
  type Environment,
} from './environment.js';
import type { Grammar } from './grammar.js';
import { showPath, type Problems } from './problems.js';
import type { Located, LocatedMap, LocatedScalar } from './tree.js';

/** Where the value of an environment variable may be used, for messages. */
const ALLOWED =
  'it may stand in model, in the options of backends, runners, data sets and meters, and after the colon of a runner';

/**
 * The settings of a study bound to the environment. Throws LLEM_E_STUDY with every variable that is not set and every
 * reference that stands where none may, beside what is in `problems` already.
 */
export function bindSettings(
  root: LocatedMap,
  environment: Environment,
  grammar: Grammar,
  problems: Problems,
): LocatedMap {
  const variables = new Set<string>();
  const faults = new Map<LocatedScalar, string>();
  const bind = (node: Located, path: string): Located => {
    switch (node.kind) {
      case 'scalar': {
        if (typeof node.value !== 'string' || !mentionsEnvironment(node.value)) return node;
        for (const name of variablesOf(node.value)) variables.add(name);
        const fault = faultOf(node.value, path, environment, grammar);
        if (fault === null) return { ...node, used: resolveText(node.value, environment) };
        faults.set(node, `${showPath(path.split('.'))}: ${fault}`);
        return node;
      }
      case 'list':
        return { ...node, items: node.items.map((item) => bind(item, path)) };
      case 'map':
        return bindMap(node, path);
    }
  };
  const bindMap = (map: LocatedMap, path: string): LocatedMap => ({
    ...map,
    entries: new Map(
      [...map.entries].map(([key, { keyAt, value }]) => {
        if (mentionsEnvironment(key)) problems.add(keyAt, 'an environment variable cannot stand in a key');
        return [key, { keyAt, value: bind(value, pathOf(path, key)) }];
      }),
    ),
  });
  const bound = bindMap(root, '');
  for (const [{ at }, fault] of faults) problems.add(at, fault);
  problems.conceal(concealmentOf(variables, environment));
  // What else is wrong cannot be told before the values are there.
  if (faults.size > 0) problems.throwIfAny();
  return bound;
}

/** Path of a setting from the root of an experiment, wherever it stands: under sweep, in a group, in an entry. */
function pathOf(above: string, key: string): string {
  if (above === '') return key === 'sweep' || key === 'experiments' ? '' : key;
  return above === 'groups' ? '' : `${above}.${key}`;
}

function faultOf(text: string, path: string, environment: Environment, grammar: Grammar): string | null {
  const fault = faultOfReferences(text);
  if (fault !== null) return fault;
  if (!mayStand(text, path, grammar)) return `no environment variable can stand here; ${ALLOWED}`;
  const unset = variablesOf(text).filter((name) => valueOf(name, environment) === undefined);
  if (unset.length === 0) return null;
  return `the environment variable${unset.length === 1 ? '' : 's'} ${unset.join(' and ')} ${unset.length === 1 ? 'is' : 'are'} not set`;
}

/** Names of plugins and whatever decides how a study is read, ordered and measured is written out: it is the same anywhere. */
function mayStand(text: string, path: string, { catalog }: Grammar): boolean {
  const [first = '', ...rest] = path.split('.');
  if (path === 'model' || (catalog.backends.has(first) && rest.length > 0)) return true;
  if (path === 'runner' || (first === 'runners' && rest.length === 1)) return /^[a-z][a-z0-9-]*:/.test(text);
  const option = OPTIONS.exec(path)?.[1];
  return option !== undefined && option !== 'type';
}

/** The options of a runner, a data set or a meter. */
const OPTIONS = /^(?:runner|runners\.[^.]+|workload\.dataset|energy\.meters)\.(.+)$/;
