/* Time, energy and power: everything follows from the trace in the control file and from the clock, so that any number of
   processes and threads see the same device. */
#include "simulation.h"
#include <math.h>
#include <time.h>

double now_ns(void) {
  const struct control *control = control_file();
  if (control->virtualClock != 0) return control->nowNs;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e9 + now.tv_nsec;
}

/* The step that holds at a time; before the first one, that one. */
static int step_at(const struct gpu *gpu, double ns) {
  int low = 0;
  int high = (int)gpu->steps;
  while (high - low > 1) {
    int middle = (low + high) / 2;
    if (gpu->stepFromNs[middle] <= ns) low = middle;
    else high = middle;
  }
  return low;
}

static double watts_at(const struct gpu *gpu, double ns, int module) {
  return gpu->stepW[step_at(gpu, ns)] + (module ? gpu->moduleExtraW : 0);
}

/* Joules since the first step. */
static double joules_at(const struct gpu *gpu, double ns, int module) {
  int step = step_at(gpu, ns);
  double joules = gpu->stepJ[step] + gpu->stepW[step] * (ns - gpu->stepFromNs[step]) / 1e9;
  return joules + (module ? gpu->moduleExtraW * (ns - gpu->stepFromNs[0]) / 1e9 : 0);
}

static double updated_ns(const struct gpu *gpu) {
  double now = now_ns();
  return gpu->powerStepNs > 0 ? floor(now / gpu->powerStepNs) * gpu->powerStepNs : now;
}

double instant_mw(const struct gpu *gpu, int module) {
  return gpu->powerGain * watts_at(gpu, updated_ns(gpu), module) * 1e3;
}

double average_mw(const struct gpu *gpu, int module) {
  double to = updated_ns(gpu);
  if (gpu->powerAverageNs <= 0) return instant_mw(gpu, module);
  double joules = joules_at(gpu, to, module) - joules_at(gpu, to - gpu->powerAverageNs, module);
  return gpu->powerGain * joules / gpu->powerAverageNs * 1e12;
}

/* A number from 0 to 1 that is always the same for one update: splitmix64 (Steele, Lea, Flood, OOPSLA 2014). */
static double drawn(const struct gpu *gpu, double update, int which) {
  uint64_t z = (uint64_t)update * 3 + (uint64_t)which + (uint64_t)gpu->counterSeed * 0x9e3779b97f4a7c15u;
  z += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

/* Update n is due at n x counterStepNs and takes place a little before or after that, or not at all. */
static double update_ns(const struct gpu *gpu, double update) {
  return update * gpu->counterStepNs + gpu->counterJitterNs * (2 * drawn(gpu, update, 0) - 1);
}

double counter_mj(const struct gpu *gpu, int module) {
  double at = now_ns();
  if (gpu->counterStepNs > 0) {
    double update = floor(at / gpu->counterStepNs) + 1;
    while (update > 0 && (update_ns(gpu, update) > at || drawn(gpu, update, 1) < gpu->counterMissing)) update -= 1;
    at = update_ns(gpu, update) - gpu->counterLagNs * drawn(gpu, update, 2);
  }
  double joules = joules_at(gpu, at, module);
  int reset = at >= gpu->counterResetNs;
  double base = reset ? -joules_at(gpu, gpu->counterResetNs, module) : gpu->counterBaseJ;
  return floor(fmax(0, gpu->counterGain * joules + (reset ? gpu->counterGain : 1) * base) * 1e3);
}
