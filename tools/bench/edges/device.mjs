// A GPU of known power as the driver shows it, and how the sampler reads it: the model of the simulated NVML, without its calls.

/** Numbers from 0 to 1 from a seed: mulberry32. */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Power that is constant from one time to the next: [seconds, watts] of each part, for ever. */
const PARTS = {
  *constant() {
    while (true) yield [60, 300];
  },
  *square(draw) {
    while (true) {
      yield [1.1 + 0.1 * draw(), 620];
      yield [1.2 + 0.1 * draw(), 90];
    }
  },
  *'fast square'(draw) {
    while (true) {
      yield [0.15 + 0.05 * draw(), 620];
      yield [0.17 + 0.05 * draw(), 90];
    }
  },
  *ramp() {
    for (let step = 0; ; step += 1) yield [0.01, 300 + 200 * Math.sin((step * 0.01 * 2 * Math.PI) / 3)];
  },
  *noise(draw) {
    for (let off = 0; ; off = 0.9 * off + 80 * (draw() - 0.5)) yield [0.01, 420 + off];
  },
  /** Requests that come and go: a prefill is short and draws most, decoding draws by how many are in flight, and there are holes. */
  *requests(draw) {
    for (let inFlight = 0; ;) {
      const next = draw();
      if (next < 0.3) {
        yield [0.03 + 0.09 * draw(), 600 + 80 * draw()];
        inFlight = Math.min(16, inFlight + 1);
      } else if (next < 0.93) {
        yield [0.05 - 0.25 * Math.log(1 - draw()), 260 + 15 * inFlight + 20 * draw()];
        if (draw() < 0.5) inFlight = Math.max(0, inFlight - 1);
      } else {
        yield [0.1 + 0.6 * draw(), 90];
        inFlight = 0;
      }
    }
  },
};

export const LOADS = Object.keys(PARTS);

/** `joulesAt` and `wattsAt` of a load from 0 to `untilS`. */
export function createLoad(name, draw, untilS) {
  const [at, watts, joules] = [[0], [], [0]];
  for (const [seconds, power] of PARTS[name](draw)) {
    watts.push(power);
    at.push(at.at(-1) + seconds);
    joules.push(joules.at(-1) + seconds * power);
    if (at.at(-1) > untilS) break;
  }
  const partAt = (seconds) => {
    let [low, high] = [0, watts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (at[middle] <= seconds) low = middle;
      else high = middle;
    }
    return low;
  };
  return {
    wattsAt: (seconds) => watts[partAt(seconds)],
    joulesAt(seconds) {
      const part = partAt(seconds);
      return joules[part] + watts[part] * (seconds - at[part]);
    },
  };
}

/** What the driver shows of a load; `kind` has seconds. */
export function createDevice(load, kind, draw) {
  const drawn = new Map();
  const update = (n) => {
    if (!drawn.has(n)) drawn.set(n, { early: 2 * draw() - 1, missing: draw() < kind.missing, lag: draw() });
    return drawn.get(n);
  };
  const timeOf = (n) => n * kind.step + kind.jitter * update(n).early;
  return {
    counter(seconds) {
      let n = Math.floor(seconds / kind.step) + 1;
      while (n > 0 && (timeOf(n) > seconds || update(n).missing)) n -= 1;
      return Math.floor(1e3 * load.joulesAt(timeOf(n) - kind.lag * update(n).lag)) / 1e3;
    },
    power: (seconds) => load.wattsAt(Math.floor(seconds / kind.power) * kind.power),
  };
}

/** Readings of a device for the windows [start, end] in seconds, at the sampler's rates: `kind.edge` within `kind.lead` of an edge. */
export function readDevice(device, windows, kind, draw, untilS) {
  const edges = windows.flat().sort((a, b) => a - b);
  const paceOf = () => {
    let next = 0;
    return (seconds) => {
      while (next < edges.length && edges[next] + kind.lead < seconds) next += 1;
      return next < edges.length && seconds > edges[next] - kind.lead ? 'edge' : 'run';
    };
  };
  const read = (value, period, callS) => {
    const series = { atNs: [], callNs: [], values: [] };
    const pace = paceOf();
    for (let at = draw() * period.run; at < untilS; at += period[pace(at)]) {
      const late = draw() < 0.05 ? 4e-3 * draw() : 3e-4 * draw();
      // The driver looks somewhere inside the call, and the time of a reading is the middle of it.
      series.atNs.push(BigInt(Math.round((at + late + callS / 2) * 1e9)));
      series.callNs.push(callS * 1e9);
      series.values.push(value(at + late + callS * draw()));
    }
    return series;
  };
  return {
    counter: read((seconds) => device.counter(seconds), kind.counterPeriod, kind.call),
    power: read((seconds) => device.power(seconds), kind.powerPeriod, 1e-5),
  };
}
