/** The plugins of the workspace: what their manifests declare, and the options of the modules named there. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Every plugin of packages/*, sorted by kind and id: { kind, id, packageName, options }.
 * Throws when one has not been built.
 */
export async function readPlugins(root) {
  const folders = await readdir(join(root, 'packages'));
  const manifests = await Promise.all(
    folders.map(async (folder) => {
      const text = await readFile(join(root, 'packages', folder, 'package.json'), 'utf8').catch(() => '{}');
      return { folder, manifest: JSON.parse(text) };
    }),
  );
  const provided = manifests.flatMap(({ folder, manifest }) =>
    (manifest.llem?.provides ?? []).map((each) => ({ ...each, folder, packageName: manifest.name })),
  );
  const plugins = await Promise.all(
    provided.map(async ({ kind, id, module, folder, packageName }) => {
      const { options } = await import(pathToFileURL(join(root, 'packages', folder, module)).href);
      if (options === undefined) throw new Error(`${packageName}: ${module} exports no options`);
      return { kind, id, packageName, options };
    }),
  );
  return plugins.sort((a, b) => (`${a.kind} ${a.id}` < `${b.kind} ${b.id}` ? -1 : 1));
}

/** The options of the plugins of one kind, by id. */
export function optionsOf(plugins, kind) {
  return new Map(plugins.filter((each) => each.kind === kind).map(({ id, options }) => [id, options]));
}
