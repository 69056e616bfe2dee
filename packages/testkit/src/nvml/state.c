/* Who and what a GPU is used by and how it is set: memory, processes, limits, modes. */
#include "simulation.h"
#include <math.h>

/* What the driver reserves counts as used here; the second version tells it apart. */
int nvmlDeviceGetMemoryInfo(Device device, Memory *memory) {
  ENTER_DEVICE(nvmlDeviceGetMemoryInfo);
  const struct gpu *gpu = gpu_of(device);
  memory->total = (uint64_t)gpu->memoryTotal;
  memory->used = (uint64_t)(gpu->memoryUsed + gpu->memoryReserved);
  memory->free = memory->total - memory->used;
  return OK;
}

int nvmlDeviceGetMemoryInfo_v2(Device device, Memory2 *memory) {
  ENTER_DEVICE(nvmlDeviceGetMemoryInfo_v2);
  if (memory->version != MEMORY2_VERSION) return ARGUMENT_VERSION_MISMATCH;
  const struct gpu *gpu = gpu_of(device);
  memory->total = (uint64_t)gpu->memoryTotal;
  memory->reserved = (uint64_t)gpu->memoryReserved;
  memory->used = (uint64_t)gpu->memoryUsed;
  memory->free = memory->total - memory->reserved - memory->used;
  return OK;
}

/* `count` is the room in `infos` before, and what there is after; with too little room nothing else is written. */
static int processes(Device device, int graphics, unsigned int *count, ProcessInfo *infos) {
  const struct gpu *gpu = gpu_of(device);
  unsigned int found = 0;
  for (int index = 0; index < (int)gpu->processes; index += 1) found += (gpu->processGraphics[index] != 0) == graphics;
  unsigned int room = *count;
  *count = found;
  if (found > room || (found > 0 && infos == NULL)) return INSUFFICIENT_SIZE;
  for (int index = 0, next = 0; index < (int)gpu->processes; index += 1) {
    if ((gpu->processGraphics[index] != 0) != graphics) continue;
    double bytes = gpu->processBytes[index];
    infos[next].pid = (unsigned int)gpu->processPid[index];
    infos[next].usedGpuMemory = isnan(bytes) ? UINT64_MAX : (uint64_t)bytes;
    infos[next].gpuInstanceId = infos[next].computeInstanceId = UINT32_MAX;
    next += 1;
  }
  return OK;
}

int nvmlDeviceGetComputeRunningProcesses_v2(Device device, unsigned int *count, ProcessInfo *infos) {
  ENTER_DEVICE(nvmlDeviceGetComputeRunningProcesses_v2);
  return processes(device, 0, count, infos);
}

int nvmlDeviceGetComputeRunningProcesses_v3(Device device, unsigned int *count, ProcessInfo *infos) {
  ENTER_DEVICE(nvmlDeviceGetComputeRunningProcesses_v3);
  return processes(device, 0, count, infos);
}

int nvmlDeviceGetGraphicsRunningProcesses_v2(Device device, unsigned int *count, ProcessInfo *infos) {
  ENTER_DEVICE(nvmlDeviceGetGraphicsRunningProcesses_v2);
  return processes(device, 1, count, infos);
}

int nvmlDeviceGetGraphicsRunningProcesses_v3(Device device, unsigned int *count, ProcessInfo *infos) {
  ENTER_DEVICE(nvmlDeviceGetGraphicsRunningProcesses_v3);
  return processes(device, 1, count, infos);
}

int nvmlDeviceGetEnforcedPowerLimit(Device device, unsigned int *milliwatts) {
  ENTER_DEVICE(nvmlDeviceGetEnforcedPowerLimit);
  *milliwatts = (unsigned int)gpu_of(device)->enforcedLimitMw;
  return OK;
}

int nvmlDeviceGetPowerManagementDefaultLimit(Device device, unsigned int *milliwatts) {
  ENTER_DEVICE(nvmlDeviceGetPowerManagementDefaultLimit);
  *milliwatts = (unsigned int)gpu_of(device)->defaultLimitMw;
  return OK;
}

int nvmlDeviceGetPowerManagementLimitConstraints(Device device, unsigned int *min, unsigned int *max) {
  ENTER_DEVICE(nvmlDeviceGetPowerManagementLimitConstraints);
  *min = (unsigned int)gpu_of(device)->minLimitMw;
  *max = (unsigned int)gpu_of(device)->maxLimitMw;
  return OK;
}

int nvmlDeviceGetPersistenceMode(Device device, int *mode) {
  ENTER_DEVICE(nvmlDeviceGetPersistenceMode);
  *mode = (int)gpu_of(device)->persistence;
  return OK;
}

int nvmlDeviceGetMigMode(Device device, unsigned int *current, unsigned int *pending) {
  ENTER_DEVICE(nvmlDeviceGetMigMode);
  *current = *pending = (unsigned int)gpu_of(device)->mig;
  return OK;
}

int nvmlDeviceGetEccMode(Device device, int *current, int *pending) {
  ENTER_DEVICE(nvmlDeviceGetEccMode);
  *current = *pending = (int)gpu_of(device)->ecc;
  return OK;
}
