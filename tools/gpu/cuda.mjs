// A kernel that does nothing but multiply, through the CUDA driver, which compiles it: no toolkit is needed.
import koffi from 'koffi';

/** 2^20 threads, each with four chains of dependent multiplications. Runs on Volta and later. */
export const PTX = `
.version 6.0
.target sm_70
.address_size 64
.visible .entry multiply(.param .u64 out, .param .u32 rounds)
{
  .reg .pred %p;
  .reg .b32 %r<5>;
  .reg .f32 %f<6>;
  .reg .b64 %rd<4>;
  ld.param.u64 %rd1, [out];
  ld.param.u32 %r1, [rounds];
  mov.u32 %r2, %tid.x;
  cvt.rn.f32.u32 %f1, %r2;
  mov.f32 %f2, %f1;
  mov.f32 %f3, %f1;
  mov.f32 %f4, %f1;
  mov.f32 %f5, 0f3F7FFFFE;
again:
  fma.rn.f32 %f1, %f1, %f5, %f5;
  fma.rn.f32 %f2, %f2, %f5, %f5;
  fma.rn.f32 %f3, %f3, %f5, %f5;
  fma.rn.f32 %f4, %f4, %f5, %f5;
  sub.u32 %r1, %r1, 1;
  setp.ne.u32 %p, %r1, 0;
  @%p bra again;
  add.f32 %f1, %f1, %f2;
  add.f32 %f3, %f3, %f4;
  add.f32 %f1, %f1, %f3;
  mul.wide.u32 %rd2, %r2, 4;
  add.u64 %rd3, %rd1, %rd2;
  st.global.f32 [%rd3], %f1;
  ret;
}
`;
const THREADS = 256;
const BLOCKS = 4_096;
/** Some milliseconds on a GPU of any size. */
const ROUNDS = 20_000;

/** Opens the GPU at an address of the bus. `run` comes back when the kernel has ended. Throws what is in the way. */
export function openCuda(busId) {
  const library = koffi.load('libcuda.so.1');
  const call = (name, parameters) => {
    const native = library.func(`int ${name}(${parameters})`);
    return (...args) => {
      const code = native(...args);
      if (code !== 0) throw new Error(`${name} returned ${code}`);
    };
  };
  const pointer = () => new BigUint64Array(1);
  const device = new Int32Array(1);
  const [context, module, kernel, memory] = [pointer(), pointer(), pointer(), pointer()];
  call('cuInit', 'uint32_t')(0);
  call('cuDeviceGetByPCIBusId', 'void *, const char *')(device, busId);
  call('cuDevicePrimaryCtxRetain', 'void *, int')(context, device[0]);
  call('cuCtxSetCurrent', 'void *')(context[0]);
  call('cuModuleLoadData', 'void *, const char *')(module, PTX);
  call('cuModuleGetFunction', 'void *, void *, const char *')(kernel, module[0], 'multiply');
  call('cuMemAlloc_v2', 'void *, size_t')(memory, THREADS * 4);
  const rounds = Uint32Array.of(ROUNDS);
  const parameters = BigUint64Array.of(koffi.address(memory), koffi.address(rounds));
  const launch = call('cuLaunchKernel', `void *, ${'uint32_t, '.repeat(7)}void *, void *, void *`);
  const synchronize = call('cuCtxSynchronize', '');
  return {
    run() {
      launch(kernel[0], BLOCKS, 1, 1, THREADS, 1, 1, 0, null, parameters, null);
      synchronize();
    },
  };
}
