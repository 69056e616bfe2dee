import { METRIC_IDS, METRICS, summarySchema, type Summary } from '@llem/results';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { loadTable } from './load-table.js';
import { resultTable, summaryText } from './summary.js';
import { createPaint } from './text.js';

type MetricInput = Summary['experiments'][number]['metrics']['ttftP50Ms'];

const metric = (centre: number | null, spread = 0.05, n = 3): MetricInput => ({
  n: centre === null ? 0 : n,
  missing: centre === null ? n : 0,
  centre,
  scale: 'log',
  mean: centre,
  sd: null,
  cv: null,
  interval:
    centre === null || n < 2
      ? null
      : {
          low: centre * (1 - spread),
          high: centre * (1 + spread),
          level: 0.95,
          scale: 'log',
          method: 'student-t',
        },
  reason: centre === null ? 'not measured' : null,
});

interface Over {
  label?: string;
  joules?: number | null;
  n?: number;
  completed?: number;
  failed?: number;
  /** Cycles that were given up. */
  skipped?: number;
  overload?: Summary['experiments'][number]['overload'];
  metrics?: Partial<Summary['experiments'][number]['metrics']>;
  quality?: 'counter' | 'integrated' | 'estimated' | null;
  verdict?: Summary['verdict'];
  failing?: Summary['experiments'][number]['failing'];
  failures?: Record<string, number>;
  checks?: Summary['experiments'][number]['checks'];
}

function experiment(over: Over = {}) {
  const {
    label = 'concurrency=8',
    n = 3,
    failed = 0,
    skipped = 0,
    completed = n,
    quality = 'counter',
  } = over;
  const overloaded = over.overload ? n - completed : 0;
  const measured = completed > 0;
  const value = (centre: number) => metric(measured ? centre : null, 0.05, n);
  return {
    experimentId: '0123456789ab',
    label,
    factors: {},
    verdict: over.verdict ?? 'publishable',
    reasons: [],
    runs: {
      planned: completed + overloaded + failed + skipped,
      completed,
      overloaded,
      failed,
      skipped,
      interrupted: 0,
      missing: 0,
      publishable: completed,
    },
    energy: { scope: measured ? 'gpu' : null, quality: measured ? quality : null, reason: null },
    metrics: {
      ...Object.fromEntries(
        METRIC_IDS.map((id) => [id, METRICS[id].notAsked === undefined ? value(100) : metric(null)]),
      ),
      joulesPerOutputToken: over.joules === null ? metric(null) : value(over.joules ?? 0.4125),
      adjustedJoulesPerOutputToken: over.joules === null ? metric(null) : value((over.joules ?? 0.4125) / 2),
      outputTokensPerS: value(1234.5),
      ttftP50Ms: value(35.14),
      itlMeanMs: value(8.123),
      meanPowerW: value(312.4),
      ...over.metrics,
    },
    precision: null,
    checks: over.checks ?? [],
    failing: over.failing ?? [],
    failures: over.failures ?? {},
    skipReason: skipped > 0 ? '3 of its runs failed one after the other (execution.breaker).' : null,
    overload: over.overload ?? null,
  };
}

function summary(experiments: ReturnType<typeof experiment>[], over: Partial<Summary> = {}): Summary {
  const total = (key: 'planned' | 'completed' | 'overloaded' | 'failed' | 'skipped' | 'publishable') =>
    experiments.reduce((sum, one) => sum + one.runs[key], 0);
  return summarySchema.parse({
    schema: 'llem.summary/1',
    studyName: 'study',
    studyHash: '0123456789ab',
    verdict: experiments[0]?.verdict ?? 'not-publishable',
    reasons: [],
    order: 'shuffled',
    paired: true,
    runs: {
      planned: total('planned'),
      completed: total('completed'),
      overloaded: total('overloaded'),
      failed: total('failed'),
      skipped: total('skipped'),
      interrupted: 0,
      missing: 0,
      publishable: total('publishable'),
    },
    adaptive: null,
    notes: [],
    metrics: Object.fromEntries(
      METRIC_IDS.map((id) => [
        id,
        { title: METRICS[id].title, unit: METRICS[id].unit, better: METRICS[id].better },
      ]),
    ),
    experiments,
    ...over,
  });
}

const failed = (id: string, severity: 'invalid' | 'warning', runs: number, message: string) => ({
  ...{ id, severity, runs, message, value: null, limit: null },
  uniform: true,
});

const paint = createPaint({}, {});
const text = (of: Summary) => summaryText({ summary: of, dir: '/results/study_x', paint });
const widest = (shown: string) => Math.max(...shown.split('\n').map((line) => stringWidth(line)));

describe('loadTable', () => {
  const overload = { offeredPerS: 4, requestsPerS: 2.514, goodputPerS: 0.31, failing: [] };

  it('is not there where no load was judged', () => {
    expect(loadTable(summary([experiment()]))).toBe('');
  });

  it('shows what was offered and served where it was too much, and goodput and SLO where it was not', () => {
    const held = experiment({
      label: 'rate=1',
      metrics: { goodputPerS: metric(0.98), sloAttainment: metric(0.992, 0.005) },
    });
    const shown = summary([held, experiment({ label: 'rate=4', completed: 0, overload })]);
    expect(loadTable(shown)).toBe(
      [
        'experiment  overloaded  offered  served    goodput   SLO held',
        '                  runs    req/s   req/s      req/s          %',
        'rate=1             0/3        –       –      0.980       99.2',
        '                                         0.93–1.03  98.7–99.7',
        'rate=4             3/3     4.00    2.51      0.310          –',
      ].join('\n'),
    );
    expect(resultTable(shown)).toMatch(/rate=4 .* 0\/3 {2}overloaded$/m);
    expect(text(shown)).toContain('3 of 6 runs completed, 3 overloaded');
    expect(text(shown)).not.toContain('failed');
  });

  it('shows what a search found, as a rate or in flight', () => {
    const found = (key: 'foundRatePerS' | 'foundConcurrency', label: string) =>
      experiment({ label, metrics: { [key]: metric(12.4, 0.05, 1) }, n: 1 });
    const whole = experiment({ label: 'c', metrics: { foundConcurrency: metric(4, 0.05, 1) }, n: 1 });
    expect(
      loadTable(summary([whole]))
        .split('\n')
        .at(-1),
    ).toBe('c                  0/1          4');
    expect(loadTable(summary([found('foundRatePerS', 'a'), found('foundConcurrency', 'b')]))).toBe(
      [
        'experiment  overloaded  found      found',
        '                  runs  req/s  in flight',
        'a                  0/1   12.4          –',
        'b                  0/1      –       12.4',
      ].join('\n'),
    );
  });

  it('of a study in which every load was too much is its answer', () => {
    const shown = text(summary([experiment({ completed: 0, overload, verdict: 'overloaded' })]));
    expect(shown).toContain('Verdict: overloaded');
    expect(shown).toContain('no steady figure');
    expect(widest(shown)).toBeLessThanOrEqual(100);
  });
});

describe('resultTable', () => {
  it('shows figures with units in the header and the interval of each under it', () => {
    expect(resultTable(summary([experiment({}), experiment({ label: 'concurrency=1', joules: 1.5 })]))).toBe(
      [
        'experiment            J per        above     output   TTFT p50    power  runs  verdict',
        '               output token      idle, J   tokens/s         ms        W',
        'concurrency=8         0.412        0.206       1235       35.1      312   3/3  publishable',
        '                0.392–0.433  0.196–0.217  1173–1296  33.4–36.9  297–328',
        'concurrency=1          1.50        0.750       1235       35.1      312   3/3  publishable',
        '                  1.42–1.58  0.712–0.788  1173–1296  33.4–36.9  297–328',
      ].join('\n'),
    );
  });

  it('changes to millijoules for small models, for all rows', () => {
    const table = resultTable(summary([experiment({ joules: 0.0251 }), experiment({ joules: 0.4 })]));
    expect(table).toContain('mJ per');
    expect(table).toContain('25.1');
    expect(table).toContain('400');
  });

  it('marks what is estimated, in its cell', () => {
    const estimated = resultTable(summary([experiment({ quality: 'estimated' })]));
    expect(estimated).toContain('0.412 est.');
    expect(estimated).toContain('312 est.');
    expect(estimated.match(/est\./g)).toHaveLength(2);
    expect(resultTable(summary([experiment({ quality: 'integrated' })]))).toContain('0.412 int.');
    expect(resultTable(summary([experiment({ quality: 'counter' })]))).not.toMatch(/est\.|int\./);
  });

  it('has no interval for one run, and no figure where there is none', () => {
    const one = resultTable(summary([experiment({ n: 1 })]));
    expect(one).not.toMatch(/\d–/);
    expect(one).toContain('1/1');
    expect(resultTable(summary([experiment({ joules: null })]))).toContain('–');
  });

  it('keeps to 100 columns whatever the labels and figures are', () => {
    const hostile = [
      experiment({ label: `llamacpp.${'x'.repeat(300)}=1, workload.concurrency=65536` }),
      experiment({ label: 'a=1, b=2, c=3, d=4, e=5, f=6, g=7, h=8, i=9, j=10, k=11, l=12, m=13' }),
      experiment({ label: '模型模型模型模型模型模型模型模型模型模型模型模型', joules: 123_456 }),
      experiment({ label: 'bell\u0007 and \u001b[31mred', joules: 1e-12 }),
      experiment({ label: '', completed: 0, failed: 3, verdict: 'not-publishable' }),
    ];
    for (const one of hostile) {
      const table = resultTable(summary([one, experiment()]));
      expect(widest(table)).toBeLessThanOrEqual(100);
      expect(table).not.toMatch(/[^\P{Cc}\n]/u);
    }
    expect(resultTable(summary(hostile.slice(0, 1)))).toContain('…');
  });
});

describe('summaryText', () => {
  it('says nothing of repeats where nothing was measured', () => {
    const check = {
      id: 'repeats',
      severity: 'warning',
      ok: false,
      value: 0,
      limit: 3,
      message: 'More cycles.',
    } as const;
    const notes = (completed: number) =>
      text(summary([experiment({ completed, n: 3, checks: [check], verdict: 'not-publishable' })]));
    expect(notes(1)).toContain('More cycles.');
    expect(notes(0)).not.toContain('More cycles.');
  });

  it('says why it is not publishable, with counts, and where the results are', () => {
    const failing = [
      failed('window-length', 'invalid', 3, 'The window has 10 s.'),
      failed('exclusive-device', 'warning', 1, 'Somebody else computed.'),
    ];
    const shown = text(
      summary([
        experiment({ failing, verdict: 'demonstration' }),
        experiment({ failing: failing.slice(0, 1), verdict: 'demonstration' }),
      ]),
    );
    expect(shown).toContain('Verdict: demonstration');
    expect(shown).toMatch(/^ {2}window-length +6 of 6 runs +The window has 10 s\.$/m);
    expect(shown).toMatch(/Also noted:\n {2}exclusive-device +1 of 6 runs/);
    expect(shown.endsWith('Results: /results/study_x')).toBe(true);
  });

  it('quotes the worst run of all experiments, and says that it does', () => {
    const short = (seconds: number) => ({
      ...failed('window-length', 'invalid', 3, `The window lasted ${seconds} s.`),
      value: seconds,
      limit: 30,
    });
    const shown = text(
      summary([
        experiment({ failing: [short(13.6)], verdict: 'demonstration' }),
        experiment({ failing: [{ ...short(10.2), uniform: false }], verdict: 'demonstration' }),
      ]),
    );
    expect(shown).toMatch(/^ {2}window-length +6 of 6 runs +worst: The window lasted 10\.2 s\.$/m);
    expect(shown).not.toContain('13.6');
  });

  it('keeps to a narrow terminal: text is wrapped, and columns give way to the rest, which it says', () => {
    const message = 'There is no energy counter on this machine. '.repeat(4).trim();
    const one = summary([
      experiment({ failing: [failed('window-length', 'invalid', 3, message)], verdict: 'demonstration' }),
    ]);
    const shown = summaryText({ summary: one, dir: '/r', paint, columns: 60 });
    expect(widest(shown)).toBeLessThanOrEqual(60);
    expect(shown).toContain('  window-length      3 of 3 runs\n    There is no energy counter');
    expect(shown).toMatch(/^concurrency=8 +0\.412 +312 +3\/3 +demonstration$/m);
    expect(shown).toContain('No room for: above idle, J; output tokens/s; TTFT p50 ms;\nITL mean ms.');
    expect(shown).not.toContain('above idle: ');
  });

  it('tells what was given up after failures, why, and what takes it up again', () => {
    const shown = text(
      summary([
        experiment(),
        experiment({
          ...{ label: 'other', completed: 0, failed: 3, skipped: 2, verdict: 'not-publishable' },
          failures: { 'start-timeout': 3 },
        }),
      ]),
    );
    expect(shown).toContain('3 of 8 runs completed, 3 failed, 2 skipped');
    expect(shown.replace(/\s+/g, ' ')).toContain(
      'skipped 2 of 8 runs 3 of its runs failed one after the other (execution.breaker). `llem resume --failed` takes them up again.',
    );
    expect(shown).not.toContain('Unfinished');
  });

  it('tells failed runs by their class', () => {
    const shown = text(
      summary([
        experiment({
          failures: { 'start-timeout': 2 },
          failed: 2,
          completed: 1,
          n: 1,
          verdict: 'not-publishable',
        }),
      ]),
    );
    expect(shown).toContain('1 of 3 runs completed, 2 failed');
    expect(shown).toMatch(/^ {2}failed: start-timeout {2}2 of 3 runs +record\.json of the run says why/m);
    expect(shown).toContain('Verdict: not publishable');
  });

  it('gives the reasons of the study where no check says why', () => {
    const shown = text(
      summary([experiment({ completed: 0, n: 3, verdict: 'not-publishable' })], {
        reasons: ['No run completed.'],
      }),
    );
    expect(shown).toContain('No run completed.');
    expect(shown).toContain('nothing');
  });

  it('passes on what a reader must know, and explains its marks', () => {
    const shown = text(
      summary([experiment({ quality: 'estimated' })], { notes: ['A model with random weights was used.'] }),
    );
    expect(shown).toContain('A model with random weights was used.');
    expect(shown).toContain('est.: estimated, not measured.');
    expect(shown).toContain('Energy and power of: gpu.');
  });

  it('has no colour unless it is asked to', () => {
    const one = summary([experiment()]);
    expect(text(one)).not.toContain('\u001b');
    const coloured = summaryText({ summary: one, dir: '/r', paint: createPaint({}, { FORCE_COLOR: '1' }) });
    expect(coloured).toContain('\u001b[32mpublishable');
  });

  it('holds an empty study', () => {
    expect(text(summary([]))).toContain('0 experiments, 0 of 0 runs completed');
  });
});
