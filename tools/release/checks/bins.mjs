// The programs of a package.

export function checkBins({ files, manifest }) {
  return Object.entries(manifest.bin ?? {}).flatMap(([name, target]) => {
    const text = files.get(target.replace(/^\.\//, ''));
    if (text === undefined) return [`its program ${name} is ${target}, which is not there`];
    if (!text.startsWith('#!/usr/bin/env node\n')) {
      return [`${target} of its program ${name} does not begin with "#!/usr/bin/env node"`];
    }
    return [];
  });
}
