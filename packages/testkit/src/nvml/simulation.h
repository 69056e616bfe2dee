/* What the parts of the simulated library share. control.h is written from layout.ts when it is compiled. */
#pragma once
#include "abi.h"
#include "control.h"

struct handle {
  int gpu;
  int instance; /* -1: the GPU as a whole; else which of its MIG devices */
};

/* session.c */
/* Begins a call: takes the time that it takes and says what it returns instead of answering; OK is to answer. */
int enter(int call);
int enter_device(Device device, int call);
/* The second half of enter_device: what the device has to say. */
int refusal_of(Device device, int call);
#define ENTER(call) \
  int result = enter(CALL_##call); \
  if (result != OK) return result
#define ENTER_DEVICE(call) \
  int result = enter_device(device, CALL_##call); \
  if (result != OK) return result

const struct control *control_file(void);
const struct gpu *gpu_of(Device device);
/* The handle of a GPU, or of one of its instances. */
Device handle_of(int gpu, int instance);
/* Copies text of the control file, with what does not fit as an error. */
int copy_text(char *out, unsigned int length, const char *text);

/* physics.c */
double now_ns(void);
/* Milliwatts at an instant and as a mean; of the module where `module`. */
double instant_mw(const struct gpu *gpu, int module);
double average_mw(const struct gpu *gpu, int module);
/* Millijoules that the counter shows. */
double counter_mj(const struct gpu *gpu, int module);
