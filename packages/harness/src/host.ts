/** The machine that measures, for provenance and for planning. */
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import type { HostFacts, RunRecord } from '@llem/core';

/** What a plan needs to know of the machine. */
export function hostFacts(): HostFacts {
  return {
    platform: process.platform,
    arch: process.arch,
    logicalCpus: os.availableParallelism(),
    memoryBytes: os.totalmem(),
  };
}

/** The host section of a record. */
export async function describeHost(versions: {
  llem: string;
  plugins: Readonly<Record<string, string>>;
}): Promise<RunRecord['host']> {
  return {
    os: `${os.type()} ${os.version()}`,
    kernel: os.release(),
    hostname: os.hostname(),
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    logicalCpus: os.availableParallelism(),
    governor: await firstLine('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    memoryBytes: os.totalmem(),
    node: process.version,
    llem: versions.llem,
    plugins: { ...versions.plugins },
  };
}

/** Identifies the time since the machine started: records of one session may be paired. */
export async function sessionId(): Promise<string> {
  return (
    (await firstLine('/proc/sys/kernel/random/boot_id')) ??
    `${os.hostname()}-${Math.round(Date.now() / 1_000 - os.uptime())}`
  );
}

async function firstLine(path: string): Promise<string | null> {
  try {
    const [line = ''] = (await readFile(path, 'utf8')).split('\n');
    return line.trim() || null;
  } catch {
    return null;
  }
}
