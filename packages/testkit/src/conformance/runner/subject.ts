/** A runner and what its author says of how to try it. */
import type { SuiteOptions } from '../package/describe-plugin.js';
import type { PluginSubject } from '../package/subject.js';

type Options = Readonly<Record<string, unknown>>;

/** What the suite of runners may be told. */
export interface RunnerSuiteOptions extends Omit<SuiteOptions, 'options'> {
  /**
   * Its options as a study would write them. Of a runner that starts nothing (`elsewhere`) a function, which is given the address of a server of the
   * suite's own: `(url) => ({ url })`. Default: none, `{}`.
   */
  readonly options?: Options | ((url: string) => Options);
  /** Needed where its services are in containers. */
  readonly container?: ContainerConditions;
}

/** Containers for the suite to try. */
export interface ContainerConditions {
  /** An image that is there, with `node` in its PATH. */
  readonly image: string;
  /** Names of all containers of the system, running or not: none of the suite's is to be left. */
  list(): Promise<readonly string[]>;
}

/** A runner, which each rule makes anew, and what it is tried with. */
export interface RunnerSubject extends PluginSubject<'runner'> {
  /** Options for a server; null of a runner that starts its services itself. */
  readonly optionsFor: ((url: string) => Options) | null;
  readonly container: ContainerConditions | null;
}

/** Where nothing is asked, an address is as good as another. */
const ANY_ADDRESS = 'http://127.0.0.1:9';

/** What rules of every kind of plugin are given in place of a function. */
export function plainOptions({ options = {}, ...others }: RunnerSuiteOptions): SuiteOptions {
  return { ...others, options: typeof options === 'function' ? options(ANY_ADDRESS) : options };
}

export function runnerSubject(
  plugin: PluginSubject<'runner'>,
  { options, container }: RunnerSuiteOptions,
): RunnerSubject {
  return {
    ...plugin,
    optionsFor: typeof options === 'function' ? options : null,
    container: container ?? null,
  };
}
