// Paths of the machine that built: they mean nothing to others, and tell them what is nobody's business.
import { homedir } from 'node:os';

/** Home of the user root in about every container: a path there is not one of this machine. */
const EVERYWHERE = '/root';

export function checkMachinePaths({ files }, { root }) {
  const home = homedir();
  const paths = [root, ...(home === EVERYWHERE ? [] : [home])];
  return [...files].flatMap(([file, text]) => {
    const path = paths.find((one) => text.includes(one));
    return path === undefined ? [] : [`${file} has the path ${path} of this machine`];
  });
}
