/** GPUs as a container engine is asked for them. */
import { expect, it } from 'vitest';
import { deviceRequests, gpuEnvironment } from './gpus.js';
import { FACTS as facts } from './host.fixture.js';

const cdiDevices = ['nvidia.com/gpu=0', 'nvidia.com/gpu=GPU-a', 'nvidia.com/gpu=all'];

it('asks for none where none is handed over, and hides all from an image that wants them', () => {
  expect(deviceRequests([], facts)).toEqual([]);
  expect(gpuEnvironment([])).toEqual({ NVIDIA_VISIBLE_DEVICES: 'void' });
});

it('asks for all, or for those that are named, as `docker run --gpus` does', () => {
  expect(deviceRequests(null, facts)).toEqual([{ Count: -1, Capabilities: [['gpu']] }]);
  expect(deviceRequests(['GPU-b', 'GPU-a'], facts)).toEqual([
    { DeviceIDs: ['GPU-b', 'GPU-a'], Capabilities: [['gpu']] },
  ]);
  expect(gpuEnvironment(['GPU-a'])).toEqual({});
  expect(gpuEnvironment(null)).toEqual({});
});

it('asks by CDI where the engine knows each of them and has no runtime of NVIDIA', () => {
  expect(deviceRequests(['GPU-a'], { ...facts, cdiDevices })).toEqual([
    { Driver: 'cdi', DeviceIDs: ['nvidia.com/gpu=GPU-a'] },
  ]);
  expect(deviceRequests(null, { ...facts, cdiDevices })).toEqual([
    { Driver: 'cdi', DeviceIDs: ['nvidia.com/gpu=all'] },
  ]);
});

it.each([
  ['it does not know one of them by its UUID', ['GPU-a', 'GPU-b'], { cdiDevices }],
  ["NVIDIA's runtime is set up as well", ['GPU-a'], { cdiDevices, runtimes: ['nvidia', 'runc'] }],
])('asks as ever where %s', (_, gpus, more) => {
  expect(deviceRequests(gpus, { ...facts, ...more })).toEqual([{ DeviceIDs: gpus, Capabilities: [['gpu']] }]);
});

it('asks Podman by CDI, which tells no list', () => {
  expect(deviceRequests(['GPU-a'], { ...facts, kind: 'podman' })).toEqual([
    { Driver: 'cdi', DeviceIDs: ['nvidia.com/gpu=GPU-a'] },
  ]);
});
