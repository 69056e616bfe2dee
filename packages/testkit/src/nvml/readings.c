/* What changes while a GPU works: energy, power, temperature, clocks, utilisation. */
#include "simulation.h"
#include <math.h>
#include <time.h>

int nvmlDeviceGetTotalEnergyConsumption(Device device, uint64_t *millijoules) {
  ENTER_DEVICE(nvmlDeviceGetTotalEnergyConsumption);
  const struct gpu *gpu = gpu_of(device);
  *millijoules = (uint64_t)counter_mj(gpu, gpu->counterOfModule != 0);
  return OK;
}

int nvmlDeviceGetPowerUsage(Device device, unsigned int *milliwatts) {
  ENTER_DEVICE(nvmlDeviceGetPowerUsage);
  *milliwatts = (unsigned int)average_mw(gpu_of(device), 0);
  return OK;
}

static int field_of(unsigned int id) {
  switch (id) {
    case 83: return FIELD_energy;
    case 185: return FIELD_powerAverage;
    case 186: return FIELD_powerInstant;
    default: return -1;
  }
}

static double field_value(const struct gpu *gpu, int field, int module) {
  switch (field) {
    case FIELD_energy: return counter_mj(gpu, module);
    case FIELD_powerAverage: return average_mw(gpu, module);
    default: return instant_mw(gpu, module);
  }
}

static void read_field(const struct gpu *gpu, FieldValue *out) {
  int field = field_of(out->fieldId);
  int module = out->scopeId == SCOPE_MODULE;
  int none = module ? isnan(gpu->moduleExtraW) : field == FIELD_energy && gpu->counterOfModule != 0;
  if (field < 0 || none || out->scopeId > SCOPE_MODULE) {
    out->nvmlReturn = NOT_SUPPORTED;
    return;
  }
  out->nvmlReturn = (int)gpu->fieldErrors[field];
  if (out->nvmlReturn != OK) return;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  out->timestamp = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
  out->latencyUsec = 0;
  out->valueType = (unsigned int)gpu->fieldTypes[field];
  double value = field_value(gpu, field, module);
  if (out->valueType == TYPE_UNSIGNED_LONG_LONG) out->value.ull = (uint64_t)value;
  else if (out->valueType == TYPE_UNSIGNED_INT) out->value.ui = (unsigned int)value;
  else out->value.d = value;
}

int nvmlDeviceGetFieldValues(Device device, int count, FieldValue *values) {
  ENTER_DEVICE(nvmlDeviceGetFieldValues);
  for (int index = 0; index < count; index += 1) read_field(gpu_of(device), &values[index]);
  return OK;
}

int nvmlDeviceGetTemperature(Device device, int sensor, unsigned int *celsius) {
  ENTER_DEVICE(nvmlDeviceGetTemperature);
  if (sensor != 0) return INVALID_ARGUMENT;
  *celsius = (unsigned int)gpu_of(device)->temperatureC;
  return OK;
}

int nvmlDeviceGetClockInfo(Device device, int type, unsigned int *mhz) {
  ENTER_DEVICE(nvmlDeviceGetClockInfo);
  if (type < 0 || type > 3) return INVALID_ARGUMENT;
  *mhz = (unsigned int)(type == 2 ? gpu_of(device)->memoryClockMHz : gpu_of(device)->smClockMHz);
  return OK;
}

static int clock_reasons(Device device, uint64_t *reasons) {
  *reasons = (uint64_t)gpu_of(device)->reasons;
  return OK;
}

int nvmlDeviceGetCurrentClocksEventReasons(Device device, uint64_t *reasons) {
  ENTER_DEVICE(nvmlDeviceGetCurrentClocksEventReasons);
  return clock_reasons(device, reasons);
}

/* Its name before driver 535. */
int nvmlDeviceGetCurrentClocksThrottleReasons(Device device, uint64_t *reasons) {
  ENTER_DEVICE(nvmlDeviceGetCurrentClocksThrottleReasons);
  return clock_reasons(device, reasons);
}

int nvmlDeviceGetViolationStatus(Device device, int policy, ViolationTime *time) {
  ENTER_DEVICE(nvmlDeviceGetViolationStatus);
  if (policy != 0 && policy != 1) return NOT_SUPPORTED;
  const struct gpu *gpu = gpu_of(device);
  time->referenceTime = (uint64_t)(now_ns() / 1e3);
  time->violationTime = (uint64_t)(policy == 0 ? gpu->powerViolationNs : gpu->thermalViolationNs);
  return OK;
}

/* Not supported while a GPU is partitioned, as in the real library. */
int nvmlDeviceGetUtilizationRates(Device device, Utilization *percent) {
  ENTER_DEVICE(nvmlDeviceGetUtilizationRates);
  const struct gpu *gpu = gpu_of(device);
  if (gpu->mig != 0) return NOT_SUPPORTED;
  percent->gpu = (unsigned int)gpu->utilization;
  percent->memory = (unsigned int)gpu->memoryUtilization;
  return OK;
}
