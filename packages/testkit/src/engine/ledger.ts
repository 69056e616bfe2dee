/** The ledger: what an engine was asked and what it sent when, the truth that a client's measurement is held against. */

export type Outcome = 'running' | 'completed' | 'cancelled' | 'cut' | 'refused';

/** Times as bigint are `process.hrtime.bigint()`, which processes of one machine share. */
export interface LedgerEntry {
  /** From 0, in the order of arrival. */
  readonly index: number;
  readonly path: string;
  /** Number of its connection, from 0. */
  readonly connection: number;
  /** When the first byte of the request had been read. */
  readonly receivedNs: bigint;
  /** When its time in a slot began, by the schedule: at its arrival or as the one before it was due to end; null while it waits. */
  readonly startedNs: bigint | null;
  /** When all of the answer had been handed to the socket, or it was given up. */
  readonly endedNs: bigint | null;
  readonly inputTokens: number;
  /** Input tokens found in the cache. */
  readonly cachedTokens: number;
  /** As long as the answer is going to be. */
  readonly plannedTokens: number;
  readonly outcome: Outcome;
  /** All that was handed to the socket for it, with the head and the framing. */
  readonly bytes: number;
  /** For each token, when its event was handed to the socket: ns since `originNs`, read just before. A view; it does not grow. */
  readonly sentNs: Float64Array;
  /** The same on the clock of the machine; made anew each time. */
  readonly tokenNs: bigint[];
  /** Tokens of each event that has any; null when each has one. */
  readonly eventTokens: Uint32Array | null;
  /** 1 for each event that has text, 0 for one without; null when all have. */
  readonly eventText: Uint8Array | null;
}

export interface Ledger {
  /** `process.hrtime.bigint()` at time 0 of `sentNs`. */
  readonly originNs: bigint;
  readonly entries: readonly LedgerEntry[];
  /** Tokens of all requests. */
  readonly tokens: number;
  /** The most requests that ever ran at once. */
  readonly peakRunning: number;
  /** How often each path was asked for, by method and path, such as `GET /health`. */
  readonly asked: Readonly<Record<string, number>>;
}

export interface OpenEntry extends LedgerEntry {
  startedNs: bigint | null;
  endedNs: bigint | null;
  cachedTokens: number;
  outcome: Outcome;
  bytes: number;
  /** Notes events of as many tokens each, all handed over at this time. */
  record(events: number, tokensEach: number, hasText: boolean, atNs: number): void;
}

export interface OpenLedger extends Ledger {
  readonly entries: readonly OpenEntry[];
  tokens: number;
  peakRunning: number;
  /** ns since `originNs`. */
  readonly nowNs: () => number;
  /** The same time on the clock of the machine. */
  readonly at: (ns: number) => bigint;
  ask(method: string, path: string): void;
  open(
    facts: Pick<LedgerEntry, 'path' | 'connection' | 'receivedNs' | 'inputTokens' | 'plannedTokens'>,
  ): OpenEntry;
  /** Forgets the past; entries that run go on unseen, and numbers go on. */
  clear(): void;
}

export function createLedger(): OpenLedger {
  const originNs = process.hrtime.bigint();
  let entries: OpenEntry[] = [];
  let asked = new Map<string, number>();
  let index = 0;
  let generation = 0;
  const ledger: OpenLedger = {
    originNs,
    tokens: 0,
    peakRunning: 0,
    get entries() {
      return entries;
    },
    get asked() {
      return Object.fromEntries(asked);
    },
    nowNs: () => Number(process.hrtime.bigint() - originNs),
    at: (ns) => originNs + BigInt(Math.round(ns)),
    ask(method, path) {
      const key = `${method} ${path}`;
      asked.set(key, (asked.get(key) ?? 0) + 1);
    },
    open(facts) {
      const opened = generation;
      const entry = createEntry(index, facts, ledger.at, (sent) => {
        if (opened === generation) ledger.tokens += sent;
      });
      index += 1;
      entries.push(entry);
      return entry;
    },
    clear() {
      entries = [];
      asked = new Map();
      generation += 1;
      ledger.tokens = 0;
      ledger.peakRunning = 0;
    },
  };
  return ledger;
}

function createEntry(
  index: number,
  facts: Parameters<OpenLedger['open']>[0],
  clockAt: OpenLedger['at'],
  onTokens: (sent: number) => void,
): OpenEntry {
  let times = new Float64Array(Math.min(facts.plannedTokens, 1_024));
  let tokens = 0;
  let events = 0;
  let eventTokens: Uint32Array | null = null;
  let eventText: Uint8Array | null = null;
  return {
    index,
    ...facts,
    startedNs: null,
    endedNs: null,
    cachedTokens: 0,
    outcome: 'running',
    bytes: 0,
    get sentNs() {
      return times.subarray(0, tokens);
    },
    get tokenNs() {
      return Array.from(times.subarray(0, tokens), clockAt);
    },
    get eventTokens() {
      return eventTokens?.subarray(0, events) ?? null;
    },
    get eventText() {
      return eventText?.subarray(0, events) ?? null;
    },
    record(count, tokensEach, hasText, atNs) {
      const added = count * tokensEach;
      if (tokens + added > times.length) {
        const larger = new Float64Array(
          Math.max(64, tokens + added, Math.min(facts.plannedTokens, 2 * times.length)),
        );
        larger.set(times);
        times = larger;
      }
      times.fill(atNs, tokens, tokens + added);
      if (tokensEach !== 1 || eventTokens !== null) {
        eventTokens = roomFor(eventTokens ?? new Uint32Array(events).fill(1), events + count);
        eventTokens.fill(tokensEach, events, events + count);
      }
      if (!hasText || eventText !== null) {
        eventText = roomFor(eventText ?? new Uint8Array(events).fill(1), events + count);
        eventText.fill(hasText ? 1 : 0, events, events + count);
      }
      tokens += added;
      events += count;
      onTokens(added);
    },
  };
}

function roomFor<T extends Uint32Array | Uint8Array>(array: T, length: number): T;
function roomFor(array: Uint32Array | Uint8Array, length: number): Uint32Array | Uint8Array {
  if (length <= array.length) return array;
  const larger = array instanceof Uint32Array ? new Uint32Array(2 * length) : new Uint8Array(2 * length);
  larger.set(array);
  return larger;
}

/** JSON of a ledger, entry by entry, times as strings of nanoseconds. */
export function* ledgerJson(ledger: Ledger, argv: readonly string[]): Generator<string> {
  const { originNs, tokens, peakRunning, asked, entries } = ledger;
  const facts = JSON.stringify({ originNs: String(originNs), tokens, peakRunning, asked, argv });
  yield `${facts.slice(0, -1)},"entries":[`;
  let comma = '';
  for (const entry of entries) {
    yield `${comma}${entryJson(entry)}`;
    comma = ',';
  }
  yield ']}';
}

function entryJson(entry: LedgerEntry): string {
  return JSON.stringify(entry, (key, value: unknown) => {
    // The same times as tokenNs.
    if (key === 'sentNs') return undefined;
    if (typeof value === 'bigint') return String(value);
    return value instanceof Uint32Array || value instanceof Uint8Array ? [...value] : value;
  });
}
