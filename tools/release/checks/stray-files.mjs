// Files that were not meant to be published.

const STRAY = [
  [/\.test\.[cm]?[jt]sx?$|\.test\.d\.[cm]?ts$/, 'a test'],
  [/\.fixture\.(d\.)?[cm]?[jt]s$/, 'a fixture of tests'],
  [/(^|\/)(e2e|coverage|node_modules)\//, 'of a folder that is not published'],
  [/\.tsbuildinfo$/, "the compiler's notes on a build"],
  [/(?<!\.d)\.[cm]?tsx?$/, 'a source'],
  [/\.map$/, 'a map to sources that are not published'],
  [/(^|\/)tsconfig[^/]*\.json$/, 'configuration of the compiler'],
  [/(^|\/)\.[^/]+/, 'a hidden file'],
  [/\.(log|tgz|orig|rej|swp)$|~$/, 'a left-over'],
];

/** Sources that are meant to be published: what a new plugin is made from. */
const TEMPLATES = 'templates/';

export function checkStrayFiles({ files }) {
  return [...files.keys()]
    .filter((file) => !file.startsWith(TEMPLATES))
    .flatMap((file) => {
      const kind = STRAY.find(([pattern]) => pattern.test(file))?.[1];
      return kind === undefined ? [] : [`${file} is ${kind}`];
    });
}
