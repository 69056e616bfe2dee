// `nx g @llem/tools:plugin <kind> <id>`: a plugin as a package of this repository, from the templates of @llem/create-plugin.
import { formatFiles, joinPathFragments, logger } from '@nx/devkit';

/** Changes nothing on disk: Nx writes what is in the tree once it has returned. Throws a sentence for people. */
export default async function plugin(tree, { kind, id }) {
  const { workspaceFiles, workspaceRequestOf } = await built();
  const request = requestOf(workspaceRequestOf, [kind, id]);
  const { folder, packageName } = request;
  if (tree.exists(folder)) throw new Error(`${folder} is there already. Use another id.`);
  for (const [path, content] of await workspaceFiles(request)) {
    tree.write(joinPathFragments(folder, path), content);
  }
  tree.write(joinPathFragments(folder, 'LICENSE'), tree.read('LICENSE', 'utf8'));
  tree.write(
    joinPathFragments('.changeset', `${folder.split('/').at(-1)}.md`),
    `---\n'${packageName}': minor\n---\n\nThe ${kind} \`${id}\`.\n`,
  );
  // Lines are as long as the id makes them.
  await formatFiles(tree);
  return () =>
    logger.info(
      `The ${kind} ${id} is in ${folder}; its README.md says what to type next and which file to change.`,
    );
}

async function built() {
  try {
    return await import('@llem/create-plugin');
  } catch (cause) {
    throw new Error('The checkout is not built: run `npm run setup`.', { cause });
  }
}

function requestOf(read, words) {
  try {
    return read(words.filter((word) => word !== undefined));
  } catch (error) {
    throw new Error(`${error.message} ${error.remedy ?? ''}`.trim(), { cause: error });
  }
}
