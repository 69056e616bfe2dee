/** Probes from open to close. */
import { isLlemError, READ_OK } from '@llem/core';
import { demand } from '../../rule.js';
import { wordsOf } from '../../settle.js';
import { nameOf, withoutThrow } from '../bench.js';
import { rule } from './rule.js';

export const probeRules = [
  rule(
    'meter.open.unknown',
    'a channel of a device that is not there is refused, or gives nothing',
    ({ open, channels }) => {
      const [first] = channels;
      if (first === undefined) return;
      const unknown = { ...first, deviceId: `${first.deviceId.split(':')[0] ?? ''}:conformance-none` };
      let probe;
      try {
        probe = open([unknown]);
      } catch (error) {
        demand(
          isLlemError(error) && error.code === 'LLEM_E_METER' && error.remedy !== '',
          `open() is to refuse a device that is not there with LLEM_E_METER and a remedy, and did with: ${wordsOf(error)}`,
        );
        return;
      }
      const { code, value } = probe.read(0);
      demand(
        code !== READ_OK && Number.isNaN(value),
        `${nameOf(unknown)}, a device that is not there, is read as ${value}.`,
      );
    },
  ),

  rule('meter.close.twice', 'a probe may be closed twice', ({ open }) => {
    const { probe } = open();
    probe.close();
    withoutThrow('close() of a probe that is closed', () => probe.close());
  }),

  rule('meter.close.reopens', 'channels may be opened again after they were closed', ({ open }) => {
    open().probe.close();
    open().values();
  }),

  rule('meter.close.alone', 'a probe that is closed leaves others alone', ({ open }) => {
    const [one, two] = [open(), open()];
    one.probe.close();
    two.values();
  }),
];
