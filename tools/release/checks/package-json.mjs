// What publint knows of package.json: entries, formats and files that are there or not.
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

export async function checkPackageJson({ data, manifest }) {
  const { messages, pkg } = await publint({ pack: { tarball: data.buffer }, strict: true });
  const problems = messages.map((message) => formatMessage(message, pkg) ?? message.code);
  if (!manifest.description) problems.push('package.json has no "description"');
  if (!manifest.engines?.node) problems.push('package.json has no "engines.node"');
  return problems;
}
