/** What happens when the source is at fault while it is read. */
import { isCumulative, READ_OK } from '@llem/core';
import { demand } from '../../rule.js';
import { wordsOf } from '../../settle.js';
import { nameOf, type Bench, type OpenProbe, type Reading } from '../bench.js';
import type { MeterFault, MeterSubject } from '../subject.js';
import { rule, type MeterRule } from './rule.js';

interface Trouble {
  readonly fault: MeterFault;
  readonly bench: Bench;
  readonly probe: OpenProbe;
  readonly before: readonly number[];
  /** Of every channel while the fault lasts. */
  readonly readings: readonly Reading[];
}

/** A rule that each fault is held against: `meanwhile`, and `after` it was put right. */
function faultRule(
  id: string,
  title: string,
  act: { meanwhile?(trouble: Trouble): void; after?(trouble: Trouble): void },
): MeterRule {
  const ofEach = async (bench: Bench, { faults }: MeterSubject) => {
    for (const fault of faults) {
      const probe = bench.open();
      const before = probe.values();
      await fault.inject();
      let trouble: Trouble;
      try {
        const readings = bench.channels.map((channel, index) =>
          readDuring(fault, probe, index, nameOf(channel)),
        );
        trouble = { fault, bench, probe, before, readings };
        act.meanwhile?.(trouble);
      } finally {
        await fault.repair();
      }
      act.after?.(trouble);
      probe.probe.close();
    }
  };
  return {
    ...rule(id, title, ofEach),
    leftOut: ({ faults }) => (faults.length === 0 ? 'the test gives no faults' : null),
  };
}

function readDuring({ name }: MeterFault, { read }: OpenProbe, index: number, channel: string): Reading {
  try {
    return read(index);
  } catch (error) {
    throw new Error(`${name}: read() of ${channel} is not to throw, and threw: ${wordsOf(error)}`, {
      cause: error,
    });
  }
}

export const faultRules: readonly MeterRule[] = [
  faultRule('meter.faults.told', 'a fault gives a code and NaN, whatever else is read goes on', {
    meanwhile({ fault: { name }, bench, readings }) {
      for (const [index, { code, value }] of readings.entries()) {
        const isRead = code === READ_OK;
        demand(
          isRead === Number.isFinite(value) && (isRead || Number.isNaN(value)),
          `${name}: ${nameOf(bench.channels[index])} has code ${code} and the value ${value}: READ_OK with a number, else NaN.`,
        );
      }
      demand(
        readings.some(({ code }) => code !== READ_OK),
        `${name}: every channel is read as if nothing were wrong.`,
      );
    },
  }),

  faultRule('meter.faults.explained', 'explains the code of every fault', {
    meanwhile({ fault: { name }, bench: { meter }, readings }) {
      for (const { code } of readings.filter((reading) => reading.code !== READ_OK)) {
        const words = meter.explain?.(code) ?? '';
        demand(
          words.trim() !== '' && !words.endsWith('.'),
          `${name}: explain(${code}) is "${words}", which does not finish the sentence "it could not be read: ...".`,
        );
      }
    },
  }),

  faultRule('meter.faults.repaired', 'reads on once a fault is put right, and no energy is lost', {
    after({ fault: { name }, bench, probe, before }) {
      const now = bench.channels.map((channel, index) => {
        const { code, value } = probe.read(index);
        demand(code === READ_OK, `${name}: put right, ${nameOf(channel)} is still not read: code ${code}.`);
        return value;
      });
      for (const [index, channel] of bench.channels.entries()) {
        const [from = 0, to = 0] = [before[index], now[index]];
        demand(
          !isCumulative(channel) || to >= from,
          `${name}: put right, ${nameOf(channel)} fell from ${from} to ${to}.`,
        );
      }
    },
  }),

  rule('meter.explain.total', 'explains codes that it never gave', ({ meter }) => {
    for (const code of [1, -1, 999_999]) {
      const words = meter.explain?.(code) ?? 'not told';
      demand(words.trim() !== '', `explain(${code}) has no words.`);
    }
  }),
];
