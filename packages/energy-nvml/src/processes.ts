/** Who uses a GPU: processes that compute and processes that draw. */
import type { DeviceProcess } from '@llem/core';
import { NVML } from './codes.js';
import type { Handle, Nvml, Words } from './library.js';
import { isUnknown64, uint64 } from './words.js';

/** nvmlProcessInfo_t in elements of 4 bytes: process 0, memory 2 and 3. */
const AT = { pid: 0, memory: 2, words: 6 } as const;
const ROOM = 64;
/** Processes may start between the call that says how many there are and the next. */
const ATTEMPTS = 5;

type Call = (handle: Handle, count: Words, infos: Uint8Array) => number;

/** Null when the driver does not tell. A process that both computes and draws is told once. */
export function processesOf(nvml: Nvml, handle: Handle, deviceId: string): DeviceProcess[] | null {
  const computing = list(
    [nvml.nvmlDeviceGetComputeRunningProcesses_v3, nvml.nvmlDeviceGetComputeRunningProcesses_v2],
    handle,
  );
  const drawing = list(
    [nvml.nvmlDeviceGetGraphicsRunningProcesses_v3, nvml.nvmlDeviceGetGraphicsRunningProcesses_v2],
    handle,
  );
  if (computing === null) return null;
  const byPid = new Map([...(drawing ?? []), ...computing].map((each) => [each.pid, { deviceId, ...each }]));
  return [...byPid.values()];
}

/** The newest version of the call that the driver has. */
function list(versions: readonly Call[], handle: Handle): Omit<DeviceProcess, 'deviceId'>[] | null {
  for (const call of versions) {
    const found = ask(call, handle);
    if (found !== 'missing') return found;
  }
  return null;
}

function ask(call: Call, handle: Handle): Omit<DeviceProcess, 'deviceId'>[] | null | 'missing' {
  const count = Uint32Array.of(ROOM);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const infos = new Uint32Array((count[0] ?? 0) * AT.words);
    const code = call(handle, count, new Uint8Array(infos.buffer));
    if (code === NVML.functionNotFound) return 'missing';
    if (code === NVML.ok)
      return Array.from({ length: count[0] ?? 0 }, (_, index) => toProcess(infos, index * AT.words));
    if (code !== NVML.insufficientSize) return null;
    count[0] = (count[0] ?? 0) + ROOM;
  }
  return null;
}

function toProcess(infos: Words, at: number): Omit<DeviceProcess, 'deviceId'> {
  return {
    pid: infos[at + AT.pid] ?? 0,
    memoryBytes: isUnknown64(infos, at + AT.memory) ? null : uint64(infos, at + AT.memory),
  };
}
