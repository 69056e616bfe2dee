/** How people start an engine again and where its log is: which program it is, and whose, its socket tells also where nobody answers. Pure. */
import type { EngineAddress } from './address.js';

interface Daemon {
  /** What starts it, within a sentence. */
  readonly start: string;
  /** What starts it anew where it hangs. */
  readonly restart: string;
  /** Where it says what went wrong. */
  readonly log: string;
}

export function daemonOf({ url }: Pick<EngineAddress, 'url'>): Daemon {
  const path = url.startsWith('unix://') ? url.slice('unix://'.length) : '';
  if (/\/\.docker\/(?:run|desktop)\/docker\.sock$/.test(path)) {
    return {
      start: 'start Docker Desktop',
      restart: 'restart Docker Desktop',
      log: 'the log of Docker Desktop, Troubleshoot',
    };
  }
  const isOfUser = path.startsWith('/run/user/');
  const systemctl = isOfUser ? 'systemctl --user' : 'sudo systemctl';
  const journal = isOfUser ? 'journalctl --user' : 'journalctl';
  if (path.endsWith('/podman.sock')) {
    return {
      start: `\`${systemctl} start podman.socket\``,
      restart: `\`${systemctl} restart podman.socket podman\``,
      log: `\`${journal} -u podman\``,
    };
  }
  return {
    start: `\`${systemctl} start docker\`${isOfUser ? '' : ' or Docker Desktop'}`,
    restart: `\`${systemctl} restart docker\``,
    log: `\`${journal} -u docker\`${isOfUser ? '' : ' or the log of Docker Desktop'}`,
  };
}
