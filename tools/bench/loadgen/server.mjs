// The server of the load generator's bench: the simulated engine in a process of its own, with its CPU time and its ledger.
//
// Forked with the engine's options as JSON. Says its address once it listens; answers `clear`, `usage` and `ledger`.
import { startSimulatedEngine } from '../../../packages/testkit/dist/index.js';

const engine = await startSimulatedEngine(JSON.parse(process.argv[2] ?? '{}'));

const answers = {
  clear: () => engine.ledger.clear(),
  usage: () => {
    const { user, system } = process.cpuUsage();
    return { cpuUs: user + system, atNs: process.hrtime.bigint() };
  },
  /** When each token was handed to the socket, by the length of its prompt, by which a request is known on both sides. */
  ledger: () => ({
    originNs: engine.ledger.originNs,
    requests: engine.ledger.entries.map(({ inputTokens, receivedNs, sentNs }) => ({
      inputTokens,
      ttftMs: (sentNs[0] - Number(receivedNs - engine.ledger.originNs)) / 1e6,
      timesNs: sentNs.slice(),
    })),
  }),
};

process.on('message', (question) => process.send({ question, answer: answers[question]() }));
process.on('disconnect', () => process.exit(0));
process.send({ question: 'address', answer: engine.baseUrl });
