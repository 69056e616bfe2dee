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

export interface PluginRequest {
  /** oclif's folder for what llem keeps. */
  readonly dataDir: string;
  readonly around: Surroundings;
  readonly dialogue: Dialogue;
}
