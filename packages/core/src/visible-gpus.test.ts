import { expect, it } from 'vitest';
import { visibleGpusEnvironment } from './visible-gpus.js';

const NVIDIA = 'GPU-8a6e2f1c-0000-0000-0000-000000000001';
const AMD = 'GPU-6ba4feca4d49c1b2';

it('leaves the environment as it is where nobody chose', () => {
  expect(visibleGpusEnvironment(null)).toEqual({});
});

it('hides all GPUs where none is chosen', () => {
  expect(visibleGpusEnvironment([])).toMatchObject({
    CUDA_VISIBLE_DEVICES: '-1',
    ROCR_VISIBLE_DEVICES: '-1',
  });
});

it('names each GPU to the system that it belongs to, in the order given', () => {
  expect(visibleGpusEnvironment([NVIDIA, AMD, 'GPU-1'])).toMatchObject({
    CUDA_VISIBLE_DEVICES: `${NVIDIA},GPU-1`,
    ROCR_VISIBLE_DEVICES: AMD,
  });
});

it('counts in the order of the bus', () => {
  expect(visibleGpusEnvironment(['1', '3'])).toMatchObject({
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    CUDA_VISIBLE_DEVICES: '1,3',
  });
});
