/** What images and `nvidia-smi` say of CUDA, drivers and GPUs. */
import { describe, expect, it } from 'vitest';
import { cudaOfImage, readNvidiaSmi } from './gpu-probe.js';

describe('an image', () => {
  it.each([
    [['PATH=/bin', 'CUDA_VERSION=12.9.1', 'NVIDIA_REQUIRE_CUDA=cuda>=13.0'], { major: 12, minor: 9 }],
    [['NVIDIA_REQUIRE_CUDA=cuda>=12.4 brand=tesla,driver>=470,driver<471'], { major: 12, minor: 4 }],
    [['CUDA_VERSION=', 'NVIDIA_REQUIRE_CUDA=cuda>=11.8'], { major: 11, minor: 8 }],
    [['NV_CUDA_CUDART_VERSION=12.9.79-1'], null],
    [[], null],
  ])('with %j', (env, expected) => {
    expect(cudaOfImage(env)).toEqual(expected);
  });
});

describe('nvidia-smi -q', () => {
  const gpus =
    '\r\nGPU 00000000:04:00.0\r\n    Product Name   : X\r\n    GPU UUID                              : GPU-1a\r\nGPU 00000000:05:00.0\r\n    GPU UUID                              : GPU-2b\r\n';
  const head =
    '\r\n==============NVSMI LOG==============\r\n\r\nTimestamp                                 : Fri Nov 27 02:00:00 2026\r\n';

  it('of drivers up to 575', () => {
    const text = `${head}Driver Version                            : 550.54.15\r\nCUDA Version                              : 12.4\r\n\r\nAttached GPUs                             : 2${gpus}`;
    expect(readNvidiaSmi(text)).toEqual({
      uuids: ['GPU-1a', 'GPU-2b'],
      driver: '550.54.15',
      driverCuda: { major: 12, minor: 4 },
    });
  });

  it('of drivers that tell the old names as deprecated, or no more', () => {
    const deprecated = '[Deprecated; will be removed in CUDA 14.0. Use CUDA UMD Version instead]';
    const text = `${head}KMD Version                               : 610.43.02\r\nDriver Version                            : ${deprecated}\r\nCUDA Version                              : ${deprecated}\r\nCUDA UMD Version                          : 13.3\r\n${gpus}`;
    expect(readNvidiaSmi(text)).toMatchObject({ driver: '610.43.02', driverCuda: { major: 13, minor: 3 } });
  });

  it('without a GPU', () => {
    expect(readNvidiaSmi('No devices were found\r\n')).toEqual({ uuids: [], driver: null, driverCuda: null });
  });

  it('without a CUDA driver', () => {
    expect(
      readNvidiaSmi(`${head}Driver Version : 550.54.15\nCUDA Version : Not Found\n`).driverCuda,
    ).toBeNull();
  });
});
