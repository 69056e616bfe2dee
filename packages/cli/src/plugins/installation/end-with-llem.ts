/**
 * Loaded into npm before it starts: its standard input is a pipe from llem, which closes when llem is no more. npm leads a group
 * of processes, and what it has started is in it.
 */
function end(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.exit(1);
  }
}

process.stdin.on('end', end).on('error', end);
process.stdin.resume();
// It does not keep npm going.
if ('unref' in process.stdin) process.stdin.unref();

export {};
