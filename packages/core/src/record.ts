/** `record.json`, schema llem.record/1: what one run cost, with its provenance and verdict. Units are in the names. */
import { z } from 'zod';
import { isJsonObject, type JsonObject, type JsonValue } from './json.js';
import { SCOPES, THROTTLE_REASONS } from './meter.js';
import { checkResultSchema } from './validity.js';

const num = z.number();
const count = z.int().min(0);
const text = z.string();
const json = z.custom<JsonObject>(isJsonObject, 'expected an object');
const jsonValue: z.ZodType<JsonValue> = z.json();

/** A distribution; `sd` is null for one value. */
export const statsSchema = z.object({
  count,
  mean: num,
  sd: num.nullable(),
  min: num,
  p50: num,
  p90: num,
  p95: num,
  p99: num,
  max: num,
});

/** How an energy figure came about. */
export const energyQualitySchema = z.enum(['counter', 'integrated', 'estimated']);

/** Power of a device that has nothing to do, over a stretch of time after it had settled. */
const idleSchema = z.object({
  watts: num,
  /** Standard deviation between equal parts of about a second; null where fewer than two could be told. */
  sdW: num.nullable(),
  durationS: num,
  /** From its end to the window's start. */
  ageS: num,
});

/** What one channel says of the energy of the window. */
const energySourceShape = {
  joules: num,
  /** Random error of both edges, one standard deviation, J. */
  edgeJ: num,
  /** Stated accuracy of the channel, relative, systematic. */
  gainRel: num,
  /** Readings inside the window. */
  samples: count,
  /** Longest time without a reading inside the window or across an edge, of a counter without one that brought a new value. */
  longestGapS: num,
};

export const energyDomainSchema = z.object({
  id: text,
  scope: z.enum(SCOPES),
  name: text,
  meter: text,
  /** Over the window: by the counter, else by integrated power. Null with `reason`. */
  joules: num.nullable(),
  quality: energyQualitySchema.nullable(),
  /** Random error of the window's edges, one standard deviation, J. */
  edgeJ: num.nullable(),
  /** Stated accuracy of the source, relative, systematic. */
  gainRel: num.nullable(),
  /** By the energy counter. `stepMs`: median time between its updates, null where none was seen to be wider than a reading. */
  counter: z.object({ ...energySourceShape, stepMs: num.nullable() }).nullable(),
  /** By power, integrated. `averagedMs`: a reading is the mean of so long a time; null where it is of an instant. */
  integral: z.object({ ...energySourceShape, averagedMs: num.nullable() }).nullable(),
  /** (counter - integral) / integral; null unless there are both, and power is above 0. */
  divergence: num.nullable(),
  meanPowerW: num.nullable(),
  /** Highest power of an instant that was read inside the window; where power is not read, of a second's mean. */
  maxPowerW: num.nullable(),
  /** Readings inside the window. */
  samples: count,
  /** `bare`: no engine running. `loaded`: the model loaded and nothing in flight. Null with a reason in `reasons`. */
  idle: z.object({ bare: idleSchema.nullable(), loaded: idleSchema.nullable() }),
  /** joules minus loaded idle power times the window's duration; may be negative within its error. */
  adjustedJ: num.nullable(),
  /** Random error of `adjustedJ`, one standard deviation, J: that of the edges, and of the idle over the window's duration. */
  adjustedEdgeJ: num.nullable(),
  /** Ids of domains that contain this one or are contained in it. */
  overlaps: z.array(text),
  /** Why there is no figure, or why it is not the counter's though there is one. */
  reason: text.nullable(),
});

export const energyTotalSchema = z.object({
  joules: num,
  adjustedJ: num.nullable(),
  adjustedEdgeJ: num.nullable(),
  quality: energyQualitySchema,
  edgeJ: num,
  gainRel: num,
  meanPowerW: num,
  joulesPerOutputToken: num.nullable(),
  /** Input tokens counted as well. */
  joulesPerToken: num.nullable(),
  joulesPerRequest: num.nullable(),
});

const wholeRunSchema = z.object({
  /** First send to last token. */
  durationS: num,
  outputTokens: count,
  inputTokens: count,
  joules: num.nullable(),
  joulesPerOutputToken: num.nullable(),
});

export const failureSchema = z.object({
  type: z.enum(['prepare', 'start', 'idle', 'search', 'warmup', 'window', 'drain', 'stop', 'internal']),
  class: text,
  message: text,
  remedy: text,
  logTail: z.array(text),
});

/** A load that a search tried, over all windows that it was held for. */
const probeSchema = z.object({
  /** Requests in flight, or requests a second. */
  load: num,
  held: z.boolean(),
  /** Null where it held. */
  reason: z.enum(['slo', 'overloaded', 'failures']).nullable(),
  /** False where the windows could not tell, so that `held` follows the share alone. */
  decided: z.boolean(),
  windows: count,
  durationS: num,
  /** Requests sent inside the windows. */
  requests: count,
  /** Of them, those that the end of a window's load cut off before they had held or missed a limit; they count for neither. */
  undecided: count,
  failed: count,
  /** Failed requests by class. */
  errors: z.record(z.string(), count),
  /** Share of the others that held every limit, and its 95 % interval; null without one. */
  attainment: num.nullable(),
  attainmentInterval: z.object({ low: num, high: num }).nullable(),
  requestsPerS: num,
  /** From the intended send, ms. */
  ttftP99Ms: num.nullable(),
  itlMeanMs: num.nullable(),
});

export const searchResultSchema = z.object({
  over: z.enum(['concurrency', 'rate']),
  /** The highest load that held; null when even the lowest did not. */
  found: num.nullable(),
  /** The lowest load that was tried and did not hold; null when even the highest held. */
  above: num.nullable(),
  /** In the order in which they were tried. */
  probes: z.array(probeSchema),
});

/** What the server told of itself inside the window. Null where it does not tell, or told too seldom. */
const serverSchema = z.object({
  meanRunning: num.nullable(),
  meanWaiting: num.nullable(),
  /** Share of the KV cache in use, 0 to 1. */
  meanKvUse: num.nullable(),
  preemptions: num.nullable(),
  cachedTokens: num.nullable(),
  /** Share of the drafted tokens that were accepted, 0 to 1: of those counted inside the window, else the mean of what is told. */
  acceptanceRate: num.nullable(),
  /** Share of the window that lies close to a scrape, 0 to 1. */
  coverage: num,
});

/** Seconds of the window in which a reason held clocks down; reasons that were not seen are left out. */
const throttleSchema = z.partialRecord(z.enum(THROTTLE_REASONS), num);

/** A GPU over the window. Null where its source does not tell, or nothing was read. */
export const deviceStateSchema = z.object({
  id: text,
  /** At the edges of the window, and the highest inside. */
  temperatureC: z.object({ start: num, end: num, max: num }).nullable(),
  /** As readings saw it, each standing for the time to the next. */
  throttleS: throttleSchema.nullable(),
  /** As the device itself counted it: clocks held down by a power limit, and by the temperature. */
  powerThrottleS: num.nullable(),
  thermalThrottleS: num.nullable(),
  /** Of the compute units. */
  clockMHz: z.object({ mean: num, min: num }).nullable(),
  /** Mean share of the time in which it computed anything at all, 0 to 1. */
  utilization: num.nullable(),
  /** In use just before the engine was started, and at most inside the window, whoever uses it. */
  memoryBytes: z.object({ before: num, peak: num }).nullable(),
  /** Processes other than the engine's that used it inside the window; null where nobody can tell. */
  foreignProcesses: z.array(z.object({ pid: count, memoryBytes: num.nullable() })).nullable(),
});

/** The thread that reads the meters, inside the window. */
const samplerSchema = z.object({
  /** Share of a core that the thread was busy for, time in calls of a driver included. */
  share: num,
  /**
   * How long after they were due readings of power began, of counters where nothing tells power; to within 9 %. Null without a
   * reading.
   */
  latenessMs: z.object({ p50: num, p99: num, max: num }).nullable(),
  channels: z.array(
    z.object({
      meter: text,
      device: text,
      quantity: text,
      /** Between two readings, away from the window's edges. */
      periodMs: num,
      /** Of a counter: the time between two of its steps, as found when the meter was opened; null where it has none to be seen. */
      stepMs: num.nullable(),
      ticks: count,
      lateTicks: count,
      missedTicks: count,
      failedReadings: count,
      /** What a reading took; null without one. */
      callMs: z.object({ mean: num, max: num }).nullable(),
    }),
  ),
});

const neighbourSchema = z.object({
  pid: count,
  /** Name of the study. */
  study: text,
  /** When it took its devices, ISO 8601. */
  since: text,
});
/** Another study on the same machine. */
export type Neighbour = z.output<typeof neighbourSchema>;

/** The measured part; null as a whole in a run that did not get to the end of its window. */
export const measurementSchema = z.object({
  window: z.object({
    kind: z.literal('steady'),
    /** Nanoseconds of the harness's monotonic clock, since the start of the run. */
    startNs: num,
    endNs: num,
    durationS: num,
    wallStart: text,
    warmup: z.object({ seconds: num, requests: count, endReason: z.enum(['steady', 'cap', 'left-out']) }),
    /**
     * The pause before the run, and what ended it: there was none, its time, the temperature that was waited for, or
     * `max_s`. The temperature is that of the hottest GPU billed, at the pause's end; null where none was waited for.
     */
    gap: z.object({
      seconds: num,
      reached: z.enum(['none', 'time', 'temperature', 'cap']),
      temperatureC: num.nullable(),
    }),
    /**
     * Between the readiness of the engine and the loaded idle: whether power came to rest, or the longest wait was over. Unknown
     * where no power could be told.
     */
    settle: z.object({ seconds: num, reached: z.enum(['steady', 'cap', 'left-out', 'unknown']) }),
    /** Whether the prefix cache was emptied before the window: the engine said so, it refused, it cannot, or there was no warm-up. */
    cacheReset: z.enum(['done', 'refused', 'unsupported', 'not-needed']),
  }),
  /** The load that was held. One of the two is null. */
  load: z.object({ concurrency: count.nullable(), ratePerS: num.nullable(), threads: count }),
  /** Requests sent inside the window; `completed` of them had every token. */
  requests: z.object({
    sent: count,
    completed: count,
    failed: count,
    cancelled: count,
    errors: z.record(z.string(), count),
    /** Requests that ended inside the window, whenever they were sent. */
    completedInside: count,
    /** Conversations whose last turn was completed inside the window; where each has one turn, as many as requests. */
    conversationsInside: count,
    /** Requests that became due inside the window and were never sent, for want of room under max_in_flight. */
    unsent: count,
  }),
  /** Tokens that arrived inside the window, and how the counts of them agree. */
  tokens: z.object({
    input: count,
    inputCached: count.nullable(),
    output: count,
    source: z.enum(['server', 'client']),
    /** Events against the engine's usage over whole requests: (client - server) / server. Null where they cannot be compared. */
    mismatch: num.nullable(),
    /** Completed requests whose output was not as long as asked for, by any count of it. */
    wrongLength: count,
    /** Completed requests whose usage cannot be right: it contradicts the events, and these the length asked for does not. */
    wrongUsage: count,
    /** Completed requests whose events are not as many as usage and the length asked for. */
    wrongEvents: count,
    /** Completed requests of which nobody says how many tokens they had: no usage, and events may bear several. */
    uncounted: count,
    /** The engine's own counter between two scrapes inside the window, against what arrived; null where it cannot be compared. */
    counter: z
      .object({
        durationS: num,
        server: num,
        client: count,
        /** (client - server) / server, as far as it is more than the edges leave open. */
        mismatch: num,
      })
      .nullable(),
    /** Completed requests that ended at the length asked for and not by themselves. */
    truncated: count,
  }),
  latency: z.object({
    ttftMs: statsSchema.nullable(),
    itlMs: statsSchema.nullable(),
    tpotMs: statsSchema.nullable(),
    e2eMs: statsSchema.nullable(),
    /** Actual minus intended send. In a closed loop a send is intended when the slot has become free. */
    scheduleDelayMs: statsSchema.nullable(),
    /** From the intended send, so that a delay in the client is not hidden. */
    fromIntended: z.object({ ttftMs: statsSchema.nullable(), e2eMs: statsSchema.nullable() }),
  }),
  throughput: z.object({
    outputTokensPerS: num,
    totalTokensPerS: num,
    requestsPerS: num,
    /** Throughput in equal parts of the window: whether it was steady. */
    outputTokensPerSByPart: z.array(num),
    /** Requests in flight on average, those that wait inside the engine included. */
    meanInFlight: num,
    /** Requests that became due inside the window, a second. */
    offeredPerS: num,
    /**
     * Requests sent inside the window that held the SLO, a second, and their share of those of which it is known; null
     * without an SLO.
     */
    goodputPerS: num.nullable(),
    sloAttainment: num.nullable(),
    /** Requests that were due and had not ended, in equal parts of the window: whether a queue grew. */
    backlogByPart: z.array(num),
  }),
  /** Null when nothing was asked or answered. */
  server: serverSchema.nullable(),
  energy: z.object({
    domains: z.array(energyDomainSchema),
    totals: z.object({
      gpu: energyTotalSchema.nullable(),
      cpu: energyTotalSchema.nullable(),
      dram: energyTotalSchema.nullable(),
      node: energyTotalSchema.nullable(),
    }),
    headline: z.enum(['gpu', 'cpu', 'node']).nullable(),
    /** Of the headline scope. */
    joulesPerOutputToken: num.nullable(),
    joulesPerToken: num.nullable(),
    joulesPerRequest: num.nullable(),
    wholeRun: wholeRunSchema,
  }),
  /** Device memory that the service took; null where it is not known of every billed GPU, or none is billed. */
  memory: z
    .object({
      /** Highest use inside the window minus what was in use before the service started, summed over the billed GPUs. */
      peakBytes: num,
      /** What the figure means, in words. */
      semantics: text,
    })
    .nullable(),
  /** Of the billed GPU that got hottest; `throttleS` is the longest over all of them. Null without a billed GPU's temperature. */
  thermal: z.object({ startC: num, endC: num, maxC: num, throttleS: throttleSchema.nullable() }).nullable(),
  /** The billed GPUs. */
  devices: z.array(deviceStateSchema),
  harness: z.object({
    /** Processor time of llem itself over the window, all threads. */
    cpuS: num,
    /** Cores kept busy over the window by neither llem nor the engine; null where it cannot be told. */
    foreignCpu: num.nullable(),
    /**
     * Other studies that were seen on this machine inside the window, on GPUs of their own: energy of processor, memory and
     * node is theirs as well. Null where studies of this system do not know of each other.
     */
    neighbours: z.array(neighbourSchema).nullable(),
    /** Of the busiest load thread: its share of one core, 0 to 1; null when unknown. */
    loadThreadUtilization: num.nullable(),
    /**
     * Who noted when tokens arrived: the kernel, as it received them, or the load thread, as it came to read them; null
     * when none arrived.
     */
    arrivalClock: z.enum(['kernel', 'thread']).nullable(),
    /**
     * Of the sampler inside the window, over all channels of energy and power: readings, those among them that were late by more
     * than half a period, and readings that were left out because others took too long.
     */
    ticks: count,
    lateTicks: count,
    missedTicks: count,
    /** Readings that a meter could not give, and readings that found no room. */
    failedReadings: count,
    lostReadings: count,
    sampler: samplerSchema,
  }),
});

/**
 * `overloaded`: more was asked than the engine could take. The queue grew without end, so that there is no steady figure, or
 * not even the lowest load of a search held its SLO.
 */
export const runStatusSchema = z.enum(['completed', 'overloaded', 'failed', 'interrupted']);

/** What was metered, as it was found. What a meter tells of GPUs alone is null for everything else. */
const recordDeviceSchema = z.object({
  id: text,
  scope: text,
  name: text,
  meter: text,
  driver: text.nullable(),
  vbios: text.nullable(),
  memoryBytes: num.nullable(),
  powerLimitW: z
    .object({
      enforced: num.nullable(),
      default: num.nullable(),
      min: num.nullable(),
      max: num.nullable(),
    })
    .nullable(),
  persistence: z.boolean().nullable(),
  /** MIG. */
  partitioned: z.boolean().nullable(),
  ecc: z.boolean().nullable(),
  /** Why one of these is null, or a quantity has no readings, by its name. */
  reasons: z.record(z.string(), text),
  facts: json,
});

/** A `ContainerSpec`. */
const containerSchema = z.object({
  image: text,
  entrypoint: z.array(text).readonly().nullable(),
  gpus: z.array(text).readonly().nullable(),
  shmBytes: num.nullable(),
  ipc: z.enum(['host', 'private']),
  ulimits: z.record(text, num).readonly(),
  mounts: z
    .array(z.object({ source: text, target: text, readOnly: z.boolean(), create: z.boolean() }))
    .readonly(),
  passEnv: z.array(text).readonly(),
});

export const recordSchema = z.object({
  schema: z.literal('llem.record/1'),
  runId: text,
  experimentId: text,
  studyHash: text,
  label: text,
  cycle: count,
  position: count,
  attempt: count,
  /** Boot id of the host: cycle x session is a block of the statistics. */
  session: text,
  status: runStatusSchema,
  startedAt: text,
  endedAt: text,
  seed: count,
  /** The settings as resolved, every default filled in, in the study's own keys. */
  experiment: json,
  engine: z.object({
    backend: text,
    version: text.nullable(),
    /** Empty where llem did not start it. */
    command: z.array(text),
    /**
     * As its backend asked for it; null where it was a process. The options of the runner, `runner.options`, go over it, and `facts` has
     * what was set in the end.
     */
    container: containerSchema.nullable(),
    /** What the container was made from; null where there was none, or it was not made. */
    image: z.object({ name: text, id: text, digest: text.nullable() }).nullable(),
    /** Files that were written for it. */
    files: z.array(z.object({ path: text, content: text })),
    /** Tokens that its KV cache holds. */
    kvCacheTokens: num.nullable(),
    /** Options that it ran with otherwise than asked. */
    differences: z.array(z.object({ option: text, asked: jsonValue, actual: jsonValue })),
    model: z
      .object({
        name: text,
        revision: text.nullable(),
        weightsHash: text.nullable(),
        tokenizerRevision: text.nullable(),
        randomWeights: z.boolean(),
        parameters: num.nullable(),
      })
      .nullable(),
    /**
     * fresh: a service for this run alone; per_block: one that may serve several runs of a cycle; attached: one that llem did not
     * start.
     */
    service: z.enum(['fresh', 'per_block', 'attached']),
    /** Null when no engine got ready. */
    serviceStart: z
      .object({
        /** The run in which it was started; its engine.log is the whole one. Of an attached one this run. */
        runId: text,
        /** Runs that it had served before this one. Of an attached one the runs of the study before this one. */
        runsBefore: count,
        /**
         * Whether it emptied its prefix cache before this run; where it did not, the run sent other prompts
         * (`dataset.seed`). Null in the run that started it.
         */
        cacheReset: z.enum(['done', 'refused', 'unsupported']).nullable(),
      })
      .nullable(),
    facts: json,
  }),
  /** Null when it was not got ready. */
  dataset: z
    .object({
      id: text,
      /** Of the prompts of the window: the run's own, or another where its engine might remember those. */
      seed: count,
      revision: text.nullable(),
      /** SHA-256 of what it was read from. */
      hash: text.nullable(),
      prompts: count.nullable(),
      sharedPrefix: z.boolean(),
      repeats: z.boolean(),
      /** What became of the records of its source; null when it is made, not read. */
      records: z
        .object({
          read: count,
          used: count,
          /** Conversations among the used ones that lack later turns, which do not fit. */
          shortened: count,
          /** Those not used, by why. */
          leftOut: z.record(z.string(), count),
          /** False when nobody could tell how long texts are. */
          measured: z.boolean(),
        })
        .nullable(),
    })
    .nullable(),
  runner: z.object({ type: text, why: text, options: json }),
  host: z.object({
    os: text,
    kernel: text,
    hostname: text,
    cpu: text,
    logicalCpus: count,
    governor: text.nullable(),
    memoryBytes: num,
    node: text,
    llem: text,
    /** Version of every plugin in use, by package name. */
    plugins: z.record(z.string(), text),
  }),
  devices: z.array(recordDeviceSchema),
  /** Null without a search; it is there also when no load held, so that nothing was measured. */
  search: searchResultSchema.nullable(),
  measurement: measurementSchema.nullable(),
  validity: z.object({ publishable: z.boolean(), checks: z.array(checkResultSchema) }),
  /** Why a figure is null, by its path in this record. */
  reasons: z.record(z.string(), text),
  failure: failureSchema.nullable(),
});

export type RunStatus = z.output<typeof runStatusSchema>;
export type SearchResult = z.output<typeof searchResultSchema>;
export type SearchOver = SearchResult['over'];
export type LoadProbe = z.output<typeof probeSchema>;
export type ServerFigures = z.output<typeof serverSchema>;
export type RunRecord = z.output<typeof recordSchema>;
export type Measurement = z.output<typeof measurementSchema>;
export type DeviceState = z.output<typeof deviceStateSchema>;
export type RecordDevice = z.output<typeof recordDeviceSchema>;
export type Stats = z.output<typeof statsSchema>;
export type EnergyDomain = z.output<typeof energyDomainSchema>;
export type EnergyTotal = z.output<typeof energyTotalSchema>;
export type Idle = z.output<typeof idleSchema>;
export type Gap = Measurement['window']['gap'];
export type Settle = Measurement['window']['settle'];
export type EnergyQuality = z.output<typeof energyQualitySchema>;
