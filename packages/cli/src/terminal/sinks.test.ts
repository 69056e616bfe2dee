import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { LlemEvent } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { chooseSink, jsonSink, linesSink, terminalSink } from './sinks.js';

const STARTED: LlemEvent = {
  type: 'run-started',
  runId: 'r',
  experimentId: 'e',
  label: 'l',
  cycle: 1,
  index: 1,
  of: 1,
  leftS: 60,
};
const PROGRESS: LlemEvent = {
  type: 'progress',
  runId: 'r',
  phase: 'window',
  elapsedS: 1,
  inFlight: 1,
  completed: 0,
  failed: 0,
  outputTokensPerS: 10,
  offeredPerS: null,
  powerW: null,
  powerEstimated: false,
  temperatureC: null,
};
const ENDED: LlemEvent = {
  type: 'study-ended',
  dir: '/d',
  completed: 1,
  overloaded: 0,
  failed: 0,
  skipped: 0,
  interrupted: false,
};
const textOf = (stream: PassThrough) => String(stream.read() ?? '');

describe('jsonSink', () => {
  it('writes every event as one line', async () => {
    const stream = new PassThrough();
    const sink = jsonSink(stream);
    for (const event of [STARTED, PROGRESS, ENDED]) sink.emit(event);
    await sink.close();
    expect(
      textOf(stream)
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toEqual([STARTED, PROGRESS, ENDED]);
  });
});

describe('linesSink', () => {
  it('says what happened, and where it stands only now and then', async () => {
    const stream = new PassThrough();
    let nowMs = 0;
    const sink = linesSink(stream, () => nowMs);
    sink.emit(STARTED);
    for (let second = 1; second <= 70; second += 1) {
      nowMs = second * 1_000;
      sink.emit(PROGRESS);
    }
    sink.emit(ENDED);
    await sink.close();
    const lines = textOf(stream).trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toContain('10.0 tok/s');
    expect(lines.join('')).not.toContain('\u001b');
  });
});

describe('terminalSink', () => {
  it('makes room for what somebody else writes', async () => {
    const stream = Object.assign(new PassThrough(), { columns: 60, isTTY: true });
    const sink = terminalSink(stream, () => 0);
    sink.emit(STARTED);
    expect(textOf(stream)).toContain('run 1 of 1');
    sink.clear();
    expect(textOf(stream)).toBe('\r\u001b[K');
    sink.clear();
    expect(textOf(stream)).toBe('');
    await sink.close();
  });

  it('rewrites one line and leaves none behind', async () => {
    const stream = Object.assign(new PassThrough(), { columns: 60, isTTY: true });
    let nowMs = 0;
    const sink = terminalSink(stream, () => nowMs);
    for (const event of [STARTED, PROGRESS]) {
      nowMs += 1_000;
      sink.emit(event);
    }
    sink.emit(ENDED);
    await sink.close();
    const text = textOf(stream);
    // After each drawn line comes the sequence that clears it, and what stays are whole lines.
    const drawn = text.split('\r\u001b[K');
    expect(drawn.length).toBeGreaterThanOrEqual(3);
    expect(stripVTControlCharacters(drawn.at(-1) ?? '')).toBe('1 run completed\n');
    for (const line of drawn) expect(line.trimEnd().length).toBeLessThan(60);
  });
});

describe('what is said on a terminal', () => {
  it('is wrapped to its width, and to 100 columns on a wider one', async () => {
    const message = 'There is no energy counter on this machine. '.repeat(8).trim();
    for (const columns of [60, 240, 0]) {
      const stream = Object.assign(new PassThrough(), { columns, isTTY: true });
      const sink = terminalSink(stream);
      sink.emit({ type: 'notice', level: 'warning', message });
      await sink.close();
      const lines = textOf(stream).trimEnd().split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns === 60 ? 60 : 100);
      expect(lines.length).toBeGreaterThan(3);
      expect(lines.slice(1).every((line) => /^ {2}\S/.test(line))).toBe(true);
    }
  });
});

describe('chooseSink', () => {
  it('writes nothing with --quiet', async () => {
    const [out, err] = [new PassThrough(), new PassThrough()];
    const sink = chooseSink({ json: false, quiet: true }, out, err);
    sink.emit(ENDED);
    await sink.close();
    expect([textOf(out), textOf(err)]).toEqual(['', '']);
  });

  it('keeps standard output free for the table', async () => {
    const [out, err] = [new PassThrough(), new PassThrough()];
    const sink = chooseSink({ json: false, quiet: false }, out, err);
    sink.emit(ENDED);
    await sink.close();
    expect([textOf(out), textOf(err)]).toEqual(['', '1 run completed\n']);
  });
});
