/** A plugin with a function that never comes back fails a rule which names that function; the suite goes on. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PluginKind } from '@llem/core';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { BACKEND_RULES } from './backend/rules.js';
import { backendSubject } from './backend/subject.js';
import { DATASET_RULES } from './dataset/rules.js';
import { datasetSubject, suiteWorkload } from './dataset/subject.js';
import { METER_RULES } from './meter/rules.js';
import { meterSubject } from './meter/subject.js';
import { MODULE_RULES, PLUGIN_RULES } from './package/rules.js';
import { importModule, pluginOf, type PluginSubject } from './package/subject.js';
import { demand, type Rule } from './rule.js';
import { failuresOf } from './suite.js';

vi.mock('./return-limit.js', () => ({ RETURN_LIMIT_MS: 300 }));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-returns-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.useRealTimers();
});

const LOOP = '() => { for (;;); }';
const NOTHING = '() => ({})';
const OPTIONS = '(value) => ({ ok: true, value: value ?? {} })';

let count = 0;
/** The module that has this source. */
async function imported(source: string, kind: PluginKind = 'backend') {
  const path = join(folder, `plugin-${(count += 1)}.mjs`);
  await writeFile(path, source);
  return importModule(folder, { kind, id: 'endless', module: path, moduleUrl: pathToFileURL(path).href });
}

/** The plugin that creates an instance with these methods, each of which is written as a function of JavaScript; frozen, as it may be. */
async function plugin<K extends PluginKind>(
  kind: K,
  methods: Readonly<Record<string, string>>,
  parse = OPTIONS,
): Promise<PluginSubject<K>> {
  const written = Object.entries(methods).map(([name, text]) => `${name}: ${text}`);
  const source = `
    export const options = { parse: ${parse}, jsonSchema: { type: 'object' } };
    export const create = () => Object.freeze({ ${written.join(', ')} });`;
  const made = pluginOf(kind, await imported(source, kind), {}, { cacheDir: join(folder, 'cache') });
  demand(made !== null, 'The module is no plugin.');
  return made;
}

/** What a rule says that does not hold; '' where it holds. */
async function toldBy<Subject>(rules: readonly Rule<Subject>[], id: string, subject: Subject) {
  const failures = await failuresOf(
    rules.filter((rule) => rule.id === id),
    subject,
  );
  return failures.map(({ message }) => message).join('\n');
}

const stopped = (what: string) => `${what} does not come back: it was stopped after 0.3 s.`;

const BACKEND = {
  constraints: '() => []',
  prepare: NOTHING,
  service: NOTHING,
  dialect: NOTHING,
  describe: NOTHING,
  checks: '() => []',
  diagnose: '() => null',
};

it.each([
  ['constraints', 'backend.constraints.total'],
  ['checks', 'backend.checks'],
  ['localModel', 'backend.local-model'],
  ['isInstalled', 'backend.is-installed'],
  ['prepare', 'backend.prepare.refuses'],
  ['service', 'backend.service.process'],
  ['image', 'backend.image'],
  ['dialect', 'backend.dialect.same'],
  ['describe', 'backend.describe.odd-answers'],
  ['diagnose', 'backend.diagnose.total'],
])('`%s` of a backend is named by %s', async (name, rule) => {
  const subject = backendSubject(await plugin('backend', { ...BACKEND, [name]: LOOP }), {});
  expect(await toldBy(BACKEND_RULES, rule, subject)).toContain(stopped(`\`${name}\``));
});

it('the check of a backend is named, and what it waits for is the name of the check', async () => {
  const checks = `() => [{ id: 'endless.there', title: 'There', run: ${LOOP} }]`;
  const subject = backendSubject(await plugin('backend', { ...BACKEND, checks }), {});
  expect(await toldBy(BACKEND_RULES, 'backend.checks', subject)).toContain(
    stopped('`run` of the check endless.there'),
  );
});

it('`options.parse` is named, and is called once', async () => {
  const parse = `(value) => { if (value === null) for (;;); return (${OPTIONS})(value); }`;
  const subject = await plugin('dataset', { prepare: NOTHING, open: NOTHING }, parse);
  const fromMs = performance.now();
  expect(await toldBy(PLUGIN_RULES, 'options.total', subject)).toContain(stopped('`options.parse`'));
  expect(await toldBy(PLUGIN_RULES, 'options.resolved', subject)).toContain(stopped('`options.parse`'));
  expect(performance.now() - fromMs).toBeLessThan(5_000);
});

it('the next prompt of a data set is named', async () => {
  const open = 'function* () { yield { content: [1], inputTokens: 1, outputTokens: 1 }; for (;;); }';
  const subject = datasetSubject(
    await plugin('dataset', { prepare: 'async () => ({ prompts: 2, repeats: false })', open }),
    suiteWorkload({}),
    {},
  );
  expect(await toldBy(DATASET_RULES, 'dataset.prompts.same', subject)).toContain(
    stopped('The next prompt of `open`'),
  );
});

it.each(['read', 'close'])('%s() of a probe is named', async (name) => {
  const usual = '{ read(out, index) { out[index] = 1; return 0; }, close() {} }';
  const meter = {
    checks: '() => []',
    devices: `() => [{ id: 'cpu:a', scope: 'cpu', name: 'A', facts: {}, overlaps: [] }]`,
    channels: `() => [{ deviceId: 'cpu:a', quantity: 'powerW', measured: true, minPeriodMs: 5, resolution: 1, accuracyRel: 0.1 }]`,
    open: `() => ({ ...${usual}, ${name}: ${LOOP} })`,
  };
  const subject = meterSubject(await plugin('meter', meter), {});
  const rule = { read: 'meter.read.garbage', close: 'meter.close.twice' }[name] ?? '';
  expect(await toldBy(METER_RULES, rule, subject)).toContain(
    stopped(name === 'read' ? 'read() of powerW of cpu:a' : 'close() of a probe'),
  );
});

it('an import that never ends is told by the rule of imports, and is not tried where the tests run', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const importing = imported('for (;;);');
  await vi.waitUntil(() => vi.getTimerCount() > 0, { interval: 1 });
  vi.advanceTimersByTime(20_000);
  expect(await toldBy(MODULE_RULES, 'module.imports', await importing)).toContain(
    'its import takes longer than 20 s',
  );
});

it('so is one that waits for what never comes', async () => {
  expect(
    await toldBy(MODULE_RULES, 'module.imports', await imported('await new Promise(() => undefined);')),
  ).toContain('its import waits for what never comes');
});
