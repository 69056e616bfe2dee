/** Figures in messages. */
import { expect, test } from 'vitest';
import { figure } from './figure.js';

test.each([
  [0.0123456, '0.0123'],
  [0.4125, '0.412'],
  [9.876, '9.88'],
  [99.96, '100'],
  [412.3, '412'],
  [1_000.4, '1000'],
  [12_345, '12345'],
  [0, '0'],
  [-3.14159, '-3.14'],
  [2.5e9, '2.50e+9'],
  [1e-9, '1.00e-9'],
  [null, '–'],
  [Number.NaN, '–'],
  [Infinity, '–'],
])('shows %s as %s', (value, text) => {
  expect(figure(value)).toBe(text);
});
