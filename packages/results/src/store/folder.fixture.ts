/** A folder of its own for each test, removed after it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plan, Table } from '@llem/core';
import { onTestFinished } from 'vitest';
import type { PreflightEntry } from './preflight-file.js';
import type { RunStoreOptions } from './run-store.js';

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'llem-results-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Of an invocation at that time that found no fault. */
export function preflightAt(at: string): PreflightEntry {
  const finding = { id: 'local.loopback', status: 'ok' as const, message: 'Fine.', remedy: '' };
  return { at, llem: '0.1.0', command: ['llem', 'run'], skipped: false, findings: [finding] };
}

export function storeOptions(parentDir: string, plan: Plan): RunStoreOptions {
  return {
    parentDir,
    plan,
    studyText: 'name: fixture # as written\n',
    resolvedText: 'name: fixture\n',
    provenance: { llem: '0.1.0', argv: ['run', 'study.yaml'] },
    preflight: preflightAt('2026-01-02T03:04:05.000Z'),
    now: new Date('2026-01-02T03:04:05.678Z'),
  };
}

const requests: Table = [
  { name: 'request', type: 'int32', values: Int32Array.of(0, 1) },
  { name: 'ttft_ms', type: 'double', values: [12.5, null] },
  { name: 'outcome', type: 'string', values: ['completed', 'failed'] },
  { name: 'inside', type: 'boolean', values: [true, false] },
];
const samples: Table = [{ name: 't_s', type: 'double', values: Float64Array.of(0, 0.1, Number.NaN) }];

export const TABLES = { requests: [requests], samples: [samples] };
