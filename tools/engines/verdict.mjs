// What the record of a run with a real engine must say.

/** What is wrong with a record, one sentence each; none when all is well. `expect` is that of the engine. */
export function faultsOf(record, expect) {
  const { status, failure, measurement, engine } = record;
  if (status !== 'completed' || measurement === null) {
    const { type, class: name, message } = failure ?? {};
    return [`it ended as ${status}${failure === null ? '' : `: ${type}, ${name}: ${message}`}`];
  }
  const { requests, tokens, window, server } = measurement;
  const claims = [
    [requests.completed > 0, 'no request was completed inside the window'],
    [requests.failed === 0, `${requests.failed} requests failed: ${JSON.stringify(requests.errors)}`],
    [tokens.wrongLength === 0, `${tokens.wrongLength} answers were not as long as asked for`],
    [tokens.wrongUsage === 0, `${tokens.wrongUsage} answers had a usage that cannot be right`],
    [tokens.uncounted === 0, `of ${tokens.uncounted} answers nobody says how long they were`],
    [tokens.source === 'server', 'the tokens were counted by the client alone'],
    [engine.version !== null, 'the engine did not tell its version'],
    [
      expect.version === null || engine.version === expect.version,
      `the engine told version ${engine.version}, not ${expect.version}`,
    ],
    [window.cacheReset === expect.cacheReset, `the cache reset was "${window.cacheReset}"`],
    [!expect.kvCache || engine.kvCacheTokens > 0, 'the size of the KV cache was not told'],
    ...serverClaims(server),
    ...counterClaims(tokens.counter),
  ];
  return claims.filter(([holds]) => !holds).map(([, fault]) => fault);
}

function serverClaims(server) {
  if (server === null) return [[false, 'the engine told no metrics']];
  return [
    [server.coverage > 0.5, `its metrics cover ${server.coverage} of the window`],
    [server.meanRunning > 0, `its metrics say that ${server.meanRunning} requests ran`],
    [server.meanWaiting !== null, 'its metrics do not say how many requests waited'],
  ];
}

/** The engine's own counter of tokens against what arrived. Null where it could not be compared. */
function counterClaims(counter) {
  if (counter === null) return [[false, 'its own counter of tokens could not be compared with what arrived']];
  const { client, server, mismatch } = counter;
  return [[Math.abs(mismatch) < 0.01, `its own counter says ${server} tokens where ${client} arrived`]];
}
