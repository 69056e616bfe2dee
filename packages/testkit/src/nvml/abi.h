/* The types that cross the interface of libnvidia-ml.so.1, declared from its public documentation. */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum {
  OK = 0,
  UNINITIALIZED = 1,
  INVALID_ARGUMENT = 2,
  NOT_SUPPORTED = 3,
  NOT_FOUND = 6,
  INSUFFICIENT_SIZE = 7,
  DRIVER_NOT_LOADED = 9,
  GPU_IS_LOST = 15,
  ARGUMENT_VERSION_MISMATCH = 25,
};

enum { TYPE_UNSIGNED_INT = 1, TYPE_UNSIGNED_LONG_LONG = 3 };
enum { SCOPE_GPU = 0, SCOPE_MODULE = 1 };

/* Opaque: the address of one of the handles in session.c. */
typedef const struct handle *Device;

typedef struct {
  unsigned int fieldId;
  unsigned int scopeId;
  int64_t timestamp;   /* microseconds since 1970 */
  int64_t latencyUsec; /* how long it took to update the value */
  unsigned int valueType;
  int nvmlReturn;
  union {
    double d;
    unsigned int ui;
    uint64_t ull;
  } value;
} FieldValue;
_Static_assert(sizeof(FieldValue) == 40 && offsetof(FieldValue, value) == 32, "nvmlFieldValue_t");

typedef struct {
  uint64_t total, free, used;
} Memory;
_Static_assert(sizeof(Memory) == 24, "nvmlMemory_t");

typedef struct {
  unsigned int version;
  uint64_t total, reserved, free, used;
} Memory2;
_Static_assert(sizeof(Memory2) == 40 && offsetof(Memory2, used) == 32, "nvmlMemory_v2_t");
#define MEMORY2_VERSION (sizeof(Memory2) | 2u << 24)

typedef struct {
  unsigned int gpu, memory;
} Utilization;

typedef struct {
  unsigned int pid;
  uint64_t usedGpuMemory; /* bytes; all ones where it is not known */
  unsigned int gpuInstanceId, computeInstanceId;
} ProcessInfo;
_Static_assert(sizeof(ProcessInfo) == 24 && offsetof(ProcessInfo, usedGpuMemory) == 8, "nvmlProcessInfo_t");

typedef struct {
  uint64_t referenceTime; /* microseconds */
  uint64_t violationTime; /* nanoseconds */
} ViolationTime;

typedef struct {
  char busIdLegacy[16];
  unsigned int domain, bus, device, pciDeviceId, pciSubSystemId;
  char busId[32];
} PciInfo;
_Static_assert(sizeof(PciInfo) == 68, "nvmlPciInfo_t");
