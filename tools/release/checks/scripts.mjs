// Scripts that npm would run on the user's machine: users of plugins have them off, so nothing may need one.

const AT_INSTALLATION = ['preinstall', 'install', 'postinstall', 'prepare'];

export const checkScripts = ({ manifest: { scripts = {} } }) =>
  AT_INSTALLATION.filter((name) => name in scripts).map(
    (name) => `npm would run its script "${name}" where it is installed`,
  );
