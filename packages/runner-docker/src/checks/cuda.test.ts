/** An image's CUDA against the driver's. */
import { expect, it } from 'vitest';
import { cudaFinding } from './cuda.js';

const version = (text: string | null) => {
  const [major = 0, minor = 0] = text?.split('.').map(Number) ?? [];
  return text === null ? null : { major, minor };
};
const finding = (image: string | null, driver: string | null) =>
  cudaFinding('vllm:1', {
    uuids: ['GPU-a'],
    driver: '550.54.15',
    imageCuda: version(image),
    driverCuda: version(driver),
  });

it.each([
  ['12.4', '12.4'],
  ['12.1', '12.9'],
  ['11.8', '13.0'],
])('%s runs under %s', (image, driver) => {
  expect(finding(image, driver).status).toBe('ok');
});

it('of a newer major release fails, with the oldest driver that would do', () => {
  const { status, message, remedy } = finding('13.0', '12.4');
  expect(status).toBe('failed');
  expect(message).toContain('vllm:1 has CUDA 13.0');
  expect(message).toContain('550.54.15, knows up to 12.4');
  expect(remedy).toContain('580 or newer');
  expect(remedy).toContain('CUDA 12');
});

it('of one that nobody knows yet fails without naming a driver', () => {
  expect(finding('15.0', '14.0').remedy).toMatch(/^Update the driver, or/);
});

it('of a newer minor release is a warning', () => {
  const { status, message } = finding('12.9', '12.4');
  expect(status).toBe('warning');
  expect(message).toContain('12.9');
});

it.each([
  [null, '12.4'],
  ['12.4', null],
])('that is not known is no reason to stop: %s, %s', (image, driver) => {
  expect(finding(image, driver).status).toBe('ok');
});

it('is not compared where nothing was seen', () => {
  expect(cudaFinding('vllm:1', null).status).toBe('ok');
});
