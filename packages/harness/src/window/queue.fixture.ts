/** Queues of known load, simulated. */

/** Uniform in (0, 1]: Marsaglia's xorshift32 (2003). */
export function uniform(seed: number): () => number {
  let bits = seed * 2 + 1;
  return () => {
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    return ((bits >>> 0) + 1) / 2 ** 32;
  };
}

export interface Queue {
  readonly arrivals: 'even' | 'random';
  readonly services: 'even' | 'random';
  readonly servers: number;
  readonly serviceS: number;
  /** Offered over what the servers can do. */
  readonly load: number;
  readonly windowS: number;
  /** When the window opens; by default after some ends, so that the queue has become what it is. */
  readonly openS?: number;
}

/** When a request was due, when a server took it, and when it ended. */
export interface Served {
  readonly dueS: number;
  readonly startS: number;
  readonly endS: number;
}

/** Servers that take requests in their order, and what they did. */
export function simulateQueue(
  { arrivals, services, servers, serviceS, load, windowS, openS = Math.max(15, 6 * serviceS) }: Queue,
  seed: number,
): { served: Served[]; openS: number; closeS: number } {
  const draw = uniform(seed + 1);
  const gap = (kind: 'even' | 'random', mean: number) => (kind === 'even' ? mean : -mean * Math.log(draw()));
  const free = new Float64Array(servers);
  const served: Served[] = [];
  for (let dueS = draw() * serviceS; dueS < openS + windowS;) {
    let server = 0;
    for (let other = 1; other < servers; other += 1)
      if ((free[other] ?? 0) < (free[server] ?? 0)) server = other;
    const startS = Math.max(dueS, free[server] ?? 0);
    const endS = startS + gap(services, serviceS);
    free[server] = endS;
    served.push({ dueS, startS, endS });
    dueS += gap(arrivals, serviceS / servers / load);
  }
  return { served, openS, closeS: openS + windowS };
}
