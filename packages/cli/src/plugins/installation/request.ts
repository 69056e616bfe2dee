/** What every change of the installed plugins is given. */
import type { Surroundings } from './acceptance.js';

/** The person, or nobody. */
export interface Dialogue {
  /** Says what goes on while `work` does. */
  progress<T>(what: string, work: () => Promise<T>): Promise<T>;
  /** Beside the answer of the command. */
  show(text: string): void;
  /** True where nobody is there to be asked. */
  agrees(question: string): Promise<boolean>;
}

/** What taking a plugin out is given. */
export interface RemovalRequest extends Omit<PluginRequest, 'around'> {
  readonly around: Pick<Surroundings, 'packages'>;
}

export interface PluginRequest {
  /** oclif's folder for what llem keeps. */
  readonly dataDir: string;
  readonly around: Surroundings;
  readonly dialogue: Dialogue;
}
