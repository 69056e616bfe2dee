// Puts a load on the https engine that is named in the arguments, in a process of its own, since certificates to be trusted
// (NODE_EXTRA_CA_CERTS) are read when a process starts. Prints what became of its requests.
import { readFileSync } from 'node:fs';
import { startLoad } from '../dist/index.js';

const plan = JSON.parse(readFileSync(0, 'utf8'));
const load = startLoad(plan);
load.failed.catch((error) => {
  console.error(error);
  process.exit(1);
});
while (load.counters().completed + load.counters().failed < 6)
  await new Promise((resolve) => setTimeout(resolve, 5));
await load.pause();
const trace = await load.abort();
const whole = trace.requests.map(({ status, errorClass, errorMessage, chunks }) => ({
  status,
  errorClass,
  errorMessage,
  chunks: chunks.count,
}));
console.log(JSON.stringify(whole));
