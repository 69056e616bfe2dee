/** What the commands on plugins have in common: what is installed, what is allowed, and the person at the terminal. */
import { ux } from '@oclif/core/ux';
import { CONFIGURATION, composeRoot } from '../../composition/root.js';
import { allowListOf } from '../allow-list.js';
import { installedPackages, type PluginList } from '../packages.js';
import { confirmed, isAsked } from './consent.js';
import type { Dialogue, PluginRequest, RemovalRequest } from './request.js';

/** The part of oclif's configuration that is used here. */
export interface CommandConfig extends PluginList {
  readonly name: string;
}

/** Throws LLEM_E_CONFIG where the configuration file cannot be read: it may have a list of allowed plugins. */
export async function pluginRequest(
  config: CommandConfig,
  { yes }: { yes: boolean },
): Promise<PluginRequest> {
  const root = await composeRoot(config);
  return {
    dataDir: config.dataDir,
    around: {
      self: config.name,
      packages: (await installedPackages(config)).packages,
      allowList: allowListOf(root.get(CONFIGURATION)),
    },
    dialogue: dialogueWith(process, yes),
  };
}

/** Of the configuration nothing is asked: what is not allowed any more, or cannot be told to be, may go. */
export async function removalRequest(config: CommandConfig): Promise<RemovalRequest> {
  const { packages } = await installedPackages(config);
  return { dataDir: config.dataDir, around: { packages }, dialogue: dialogueWith(process, true) };
}

/** `yes`: the person has agreed beforehand. */
export function dialogueWith(terminal: NodeJS.Process, yes: boolean): Dialogue {
  return {
    async progress(what, work) {
      ux.action.start(what);
      try {
        const result = await work();
        ux.action.stop();
        return result;
      } catch (error) {
        ux.action.stop('failed');
        throw error;
      }
    },
    show: (text) => void terminal.stderr.write(`${text}\n`),
    agrees: (question) => (yes || !isAsked(terminal) ? Promise.resolve(true) : confirmed(question, terminal)),
  };
}
