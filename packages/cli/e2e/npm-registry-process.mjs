// The process of `npm-registry.ts`: verdaccio with the configuration of that path, at a port that the system chooses. It tells
// its parent the port, and ends with it; the parent may have been killed, so it takes their folder along.
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { runServer } from 'verdaccio';

const [, , configuration] = process.argv;
process.on('disconnect', () => {
  rmSync(dirname(configuration), { recursive: true, force: true });
  process.exit();
});
const server = await runServer(configuration);
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
