// Looks at the addresses in its arguments, in a process of its own so that NODE_EXTRA_CA_CERTS counts, and prints what it found.
import { lookAt } from '../dist/look.js';

const found = [];
for (const url of process.argv.slice(2)) found.push(await lookAt({ url }, '/health', AbortSignal.any([])));
process.stdout.write(JSON.stringify(found));
