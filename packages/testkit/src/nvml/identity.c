/* Which GPUs there are and what they are. */
#include "simulation.h"
#include <stdio.h>
#include <string.h>

const char *nvmlErrorString(int code) {
  switch (code) {
    case OK: return "Success";
    case NOT_SUPPORTED: return "Not Supported";
    case GPU_IS_LOST: return "GPU is lost";
    default: return "Unknown Error";
  }
}

int nvmlSystemGetDriverVersion(char *version, unsigned int length) {
  ENTER(nvmlSystemGetDriverVersion);
  return copy_text(version, length, control_file()->driverVersion);
}

int nvmlSystemGetNVMLVersion(char *version, unsigned int length) {
  ENTER(nvmlSystemGetNVMLVersion);
  return copy_text(version, length, "13.0.0-simulated");
}

int nvmlSystemGetCudaDriverVersion_v2(int *version) {
  ENTER(nvmlSystemGetCudaDriverVersion_v2);
  *version = (int)control_file()->cudaVersion;
  return OK;
}

int nvmlDeviceGetCount_v2(unsigned int *count) {
  ENTER(nvmlDeviceGetCount_v2);
  *count = (unsigned int)control_file()->gpus;
  return OK;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned int index, Device *device) {
  ENTER(nvmlDeviceGetHandleByIndex_v2);
  if (index >= (unsigned int)control_file()->gpus) return INVALID_ARGUMENT;
  *device = handle_of((int)index, -1);
  return refusal_of(*device, CALL_nvmlDeviceGetHandleByIndex_v2);
}

static const char *uuid_of(Device device) {
  const struct gpu *gpu = gpu_of(device);
  return device->instance < 0 ? gpu->uuid : gpu->instanceUuid[device->instance];
}

int nvmlDeviceGetHandleByUUID(const char *uuid, Device *device) {
  ENTER(nvmlDeviceGetHandleByUUID);
  for (int gpu = 0; gpu < (int)control_file()->gpus; gpu += 1) {
    Device whole = handle_of(gpu, -1);
    for (int instance = -1; instance < (int)gpu_of(whole)->instances; instance += 1) {
      *device = handle_of(gpu, instance);
      if (strcmp(uuid_of(*device), uuid) == 0) return OK;
    }
  }
  return NOT_FOUND;
}

int nvmlDeviceGetUUID(Device device, char *uuid, unsigned int length) {
  ENTER_DEVICE(nvmlDeviceGetUUID);
  return copy_text(uuid, length, uuid_of(device));
}

int nvmlDeviceGetName(Device device, char *name, unsigned int length) {
  ENTER_DEVICE(nvmlDeviceGetName);
  return copy_text(name, length, gpu_of(device)->name);
}

int nvmlDeviceGetVbiosVersion(Device device, char *version, unsigned int length) {
  ENTER_DEVICE(nvmlDeviceGetVbiosVersion);
  return copy_text(version, length, gpu_of(device)->vbios);
}

int nvmlDeviceGetPciInfo_v3(Device device, PciInfo *pci) {
  ENTER_DEVICE(nvmlDeviceGetPciInfo_v3);
  const struct gpu *gpu = gpu_of(device);
  memset(pci, 0, sizeof *pci);
  sscanf(gpu->busId, "%x:%x:%x", &pci->domain, &pci->bus, &pci->device);
  pci->pciDeviceId = (unsigned int)gpu->pciDeviceId;
  snprintf(pci->busIdLegacy, sizeof pci->busIdLegacy, "%04X:%02X:%02X.0", pci->domain & 0xffff, pci->bus & 0xff,
           pci->device & 0xff);
  return copy_text(pci->busId, sizeof pci->busId, gpu->busId);
}

int nvmlDeviceGetArchitecture(Device device, unsigned int *architecture) {
  ENTER_DEVICE(nvmlDeviceGetArchitecture);
  *architecture = (unsigned int)gpu_of(device)->architecture;
  return OK;
}

int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(Device device, Device *whole) {
  ENTER_DEVICE(nvmlDeviceGetDeviceHandleFromMigDeviceHandle);
  if (device->instance < 0) return INVALID_ARGUMENT;
  *whole = handle_of(device->gpu, -1);
  return OK;
}
