/** Loaded into npm before it starts: its standard input is a pipe from llem, which closes when llem is no more. */
process.stdin.on('end', () => process.exit(1)).on('error', () => process.exit(1));
process.stdin.resume();
// It does not keep npm going.
if ('unref' in process.stdin) process.stdin.unref();

export {};
