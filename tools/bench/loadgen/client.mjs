// One reader in a process of its own: warmed up, then watched for a while. Forked with its plan; says what it saw and ends.
import { setTimeout as wait } from 'node:timers/promises';
import { READERS } from './readers.mjs';

process.once('message', async ({ reader, plan, warmUpS, seconds, keepTimes }) => {
  const load = await READERS[reader](plan);
  while (load.read().begun < plan.streams) await wait(20);
  await wait(1_000 * warmUpS);
  process.send({ type: 'begin' });
  const before = watch(load);
  await wait(1_000 * seconds);
  const after = watch(load);
  process.send({ type: 'end' });
  const seen = keepTimes ? await load.end() : null;
  process.send({ type: 'result', before, after, seen }, () => process.exit(0));
});

function watch(load) {
  const { user, system } = process.cpuUsage();
  return { tokens: load.read().tokens, userUs: user, systemUs: system, atNs: process.hrtime.bigint() };
}
