/* Begin and end of a session: the control file is mapped while anybody has the library initialised. */
#include "simulation.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_GPUS 16
#define HANDLES_PER_GPU 8

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int sessions;
static const struct control *mapped;
static size_t mapped_bytes;
static struct handle handles[MAX_GPUS * HANDLES_PER_GPU];

const struct control *control_file(void) { return mapped; }

static const struct gpu *gpu_at(int index) { return (const struct gpu *)(mapped + 1) + index; }

const struct gpu *gpu_of(Device device) { return gpu_at(device->gpu); }

Device handle_of(int gpu, int instance) { return &handles[gpu * HANDLES_PER_GPU + instance + 1]; }

/* Without a control file there is no driver. */
static int map_control(void) {
  const char *path = getenv("LLEM_SIMULATED_NVML");
  int file = path == NULL ? -1 : open(path, O_RDONLY);
  if (file < 0) return DRIVER_NOT_LOADED;
  struct stat about;
  void *memory = fstat(file, &about) == 0 && (size_t)about.st_size >= sizeof(struct control)
                     ? mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_SHARED, file, 0)
                     : MAP_FAILED;
  close(file);
  if (memory == MAP_FAILED) return DRIVER_NOT_LOADED;
  mapped = memory;
  mapped_bytes = (size_t)about.st_size;
  for (int index = 0; index < MAX_GPUS * HANDLES_PER_GPU; index += 1) {
    handles[index].gpu = index / HANDLES_PER_GPU;
    handles[index].instance = index % HANDLES_PER_GPU - 1;
  }
  return OK;
}

static void unmap_control(void) {
  munmap((void *)mapped, mapped_bytes);
  mapped = NULL;
}

int nvmlInit_v2(void) {
  pthread_mutex_lock(&lock);
  int result = sessions > 0 ? OK : map_control();
  if (result == OK) {
    sessions += 1;
    result = enter(CALL_nvmlInit_v2);
    if (result != OK && (sessions -= 1) == 0) unmap_control();
  }
  pthread_mutex_unlock(&lock);
  return result;
}

int nvmlShutdown(void) {
  pthread_mutex_lock(&lock);
  int result = sessions > 0 ? OK : UNINITIALIZED;
  if (result == OK && (sessions -= 1) == 0) unmap_control();
  pthread_mutex_unlock(&lock);
  return result;
}

static void wait_for(double ns) {
  if (ns <= 0 || mapped->virtualClock != 0) return;
  struct timespec time = {(time_t)(ns / 1e9), (long)(ns - 1e9 * (double)(time_t)(ns / 1e9))};
  nanosleep(&time, NULL);
}

int enter(int call) {
  if (mapped == NULL) return UNINITIALIZED;
  wait_for(mapped->latencyNs[call]);
  return (int)mapped->errors[call];
}

int enter_device(Device device, int call) {
  int result = enter(call);
  return result != OK ? result : refusal_of(device, call);
}

int refusal_of(Device device, int call) {
  if (device < handles || device >= handles + MAX_GPUS * HANDLES_PER_GPU) return INVALID_ARGUMENT;
  if (device->gpu >= (int)mapped->gpus) return INVALID_ARGUMENT;
  const struct gpu *gpu = gpu_of(device);
  if (now_ns() >= gpu->lostFromNs) return GPU_IS_LOST;
  return (int)gpu->errors[call];
}

int copy_text(char *out, unsigned int length, const char *text) {
  if (out == NULL) return INVALID_ARGUMENT;
  if (strlen(text) + 1 > length) return INSUFFICIENT_SIZE;
  strcpy(out, text);
  return OK;
}
