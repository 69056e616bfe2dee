#!/usr/bin/env node
// The `llem` executable: checks Node, answers --version without loading anything, then starts the command line.
import { existsSync, readFileSync } from 'node:fs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `error: llem needs Node 20.19 or newer; this is Node ${process.versions.node}\n` +
      '  what to do: Install a current Node from https://nodejs.org, then run the command again.\n',
  );
  process.exit(1);
}

const program = new URL('../dist/main.js', import.meta.url);
if (process.argv.length === 3 && process.argv[2] === '--version') {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  process.stdout.write(`llem/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
} else if (!existsSync(program)) {
  process.stderr.write(
    'error: llem is not built yet\n  what to do: Run `npm run setup` in the checkout, then run the command again.\n',
  );
  process.exitCode = 1;
} else {
  const module = await import('node:module');
  module.enableCompileCache?.();
  const { main } = await import(program.href);
  await main(process.argv.slice(2), import.meta.url);
}
