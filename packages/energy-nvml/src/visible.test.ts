/** CUDA_VISIBLE_DEVICES, read as CUDA reads it. */
import { describe, expect, it } from 'vitest';
import { visibleGpus } from './visible.js';

const gpu = (uuid: string, name = 'H100') => ({ uuid, name });
const ALIKE = [gpu('GPU-aa11'), gpu('GPU-aa22'), gpu('GPU-bb33')];
const MIXED = [gpu('GPU-aa11'), gpu('GPU-bb22', 'RTX 4090')];

function visible(list: string | undefined, all = ALIKE, order?: string) {
  const env = { CUDA_VISIBLE_DEVICES: list, CUDA_DEVICE_ORDER: order };
  const { gpus, doubts } = visibleGpus(all, env, (uuid) => (uuid === 'MIG-77' ? 'GPU-bb33' : null));
  return { uuids: gpus.map(({ uuid }) => uuid), doubts };
}

describe('visible GPUs', () => {
  it.each([
    ['all where nothing is said', undefined, ['GPU-aa11', 'GPU-aa22', 'GPU-bb33']],
    ['none for an empty list', '', []],
    ['none for -1', '-1', []],
    ['by index, in the order of the list', '2,0', ['GPU-bb33', 'GPU-aa11']],
    ['by UUID', 'GPU-aa22', ['GPU-aa22']],
    ['by UUID that is shortened', 'GPU-b', ['GPU-bb33']],
    ['with blanks in between', ' 1 , GPU-bb33', ['GPU-aa22', 'GPU-bb33']],
    ['once each', '1,1,GPU-aa22', ['GPU-aa22']],
    ['up to a deliberate end', '0,-1,1', ['GPU-aa11']],
    ['for a MIG instance', 'MIG-77', ['GPU-bb33']],
    ['for a MIG instance as older drivers name it', 'MIG-GPU-aa22/1/0', ['GPU-aa22']],
  ])('are %s', (_, list, uuids) => {
    expect(visible(list)).toEqual({ uuids, doubts: [] });
  });

  it.each([
    ['an index that is too high', '1,7,0'],
    ['a UUID that is not here', '1,GPU-cc'],
    ['a short UUID of two', '1,GPU-aa'],
    ['an instance that is not here', '1,MIG-78'],
    ['something else', '1,all'],
  ])('end before %s, with a doubt', (_, list) => {
    const { uuids, doubts } = visible(list);
    expect(uuids).toEqual(['GPU-aa22']);
    expect(doubts).toEqual([expect.stringContaining('none of the 3 GPUs')]);
  });

  it('that differ are counted in an order that is known only where it is set', () => {
    expect(visible('1', MIXED).doubts).toEqual([expect.stringContaining('an order that is not known')]);
    expect(visible('1', MIXED, 'PCI_BUS_ID')).toEqual({ uuids: ['GPU-bb22'], doubts: [] });
    expect(visible('GPU-bb22', MIXED).doubts).toEqual([]);
  });
});
