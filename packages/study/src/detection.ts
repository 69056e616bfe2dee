/** Decides by what is found on this machine where engines run whose runner nobody names: here, or all of them in containers. */

/** An engine for GPUs whose runner nobody names. */
export interface FoundEngine {
  readonly backend: string;
  /** A process of it could be started here. */
  readonly isInstalled: boolean;
  /** The study says which program of this machine it is: a container would run another. */
  readonly isNamed: boolean;
  /** It is known what a container of it would be made from. */
  readonly hasImage: boolean;
}

/** Whether Docker can be used here; else why not, in sentences that end with what to do. */
export type FoundDocker = { readonly works: true } | { readonly works: false; readonly why: string };

export interface DetectedRunner {
  readonly type: 'local' | 'docker';
  /** For people and the record. */
  readonly why: string;
  /** Of an engine that is missing here: what keeps it from a container, and what to do, in sentences. */
  readonly hindrance?: string;
}

/** Whether it matters if Docker works. */
export function wantsDocker(engines: readonly FoundEngine[]): boolean {
  return engines.some(isMissing) && obstacleIn(engines) === null;
}

/**
 * The runner of each backend. Where one is missing all go into containers or none: a study that means to compare engines does not
 * compare places. `docker` may be null where it does not matter.
 */
export function detectRunners(
  engines: readonly FoundEngine[],
  docker: FoundDocker | null,
): ReadonlyMap<string, DetectedRunner> {
  const missing = engines.filter(isMissing);
  const obstacle = obstacleIn(engines) ?? obstacleOf(docker);
  const runnerOf = (engine: FoundEngine): DetectedRunner => {
    const { backend, isNamed } = engine;
    if (isNamed) return local('the study names its program');
    if (missing.length > 0 && obstacle === null) {
      return { type: 'docker', why: `detected: ${areMissing(missing)}, and Docker works` };
    }
    if (!isMissing(engine) || obstacle === null) return local(`${backend} is installed here`);
    return {
      ...local(`${areMissing([engine])}, and ${obstacle.cause}`),
      hindrance: `Docker would do too${obstacle.explanation(backend)}`,
    };
  };
  return new Map(engines.map((engine) => [engine.backend, runnerOf(engine)]));
}

/** What is said where engines are put into containers unasked; null where none is. */
export function raisedText(detected: ReadonlyMap<string, DetectedRunner>): string | null {
  const raised = [...detected].filter(([, { type }]) => type === 'docker');
  const [first] = raised;
  if (first === undefined) return null;
  const [backend, { why }] = first;
  const names = raised.map(([id]) => ({ backend: id }));
  const [run, of] = raised.length === 1 ? ['runs in a container', 'it'] : ['run in containers', 'one'];
  return `${list(names)} ${run}: ${why.replace('detected: ', '')}. --runner ${backend}=local keeps ${of} here.`;
}

const local = (found: string): DetectedRunner => ({ type: 'local', why: `detected: ${found}` });

function isMissing({ isInstalled, isNamed }: FoundEngine): boolean {
  return !isInstalled && !isNamed;
}

/** Why an engine is not put into a container. */
interface Obstacle {
  /** A clause. */
  readonly cause: string;
  /** The rest of a sentence that says where Docker would do, for one of the engines. */
  readonly explanation: (backend: string) => string;
}

/** What of the engines themselves keeps all from containers. */
function obstacleIn(engines: readonly FoundEngine[]): Obstacle | null {
  const named = engines.filter(({ isNamed }) => isNamed);
  if (named.length > 0) {
    return {
      cause: `the study names the program of ${list(named)}`,
      explanation: (backend) => `, if it is to run beside what runs here: --runner ${backend}=docker.`,
    };
  }
  const unknown = engines.filter(({ hasImage }) => !hasImage);
  const [first] = unknown;
  if (first === undefined) return null;
  return {
    cause: `no image of ${list(unknown)} is known`,
    explanation: () => `, with an image for all: --runner ${first.backend}=docker:<image>.`,
  };
}

function obstacleOf(docker: FoundDocker | null): Obstacle | null {
  if (docker?.works === true) return null;
  return {
    cause: 'Docker does not work',
    explanation: () => `, and does not work here. ${docker?.why ?? ''}`.trimEnd(),
  };
}

function areMissing(missing: readonly Named[]): string {
  return `${list(missing)} ${missing.length === 1 ? 'is' : 'are'} not installed here`;
}

type Named = Pick<FoundEngine, 'backend'>;

function list(engines: readonly Named[]): string {
  return new Intl.ListFormat('en').format(engines.map(({ backend }) => backend));
}
