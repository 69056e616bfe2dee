/** Reads channels in the sampler thread, each by the call that was found to answer. */
import { llemError, type Channel, type Probe } from '@llem/core';
import { NVML } from './codes.js';
import type { Inventory, Metered } from './inventory.js';
import type { Session } from './library.js';
import type { Reader, Source } from './sources.js';

/** The session is closed with the probe. Throws LLEM_E_METER when a device is not there any more. */
export function openProbe(
  session: Session,
  { gpus, modules }: Inventory,
  channels: readonly Channel[],
): Probe {
  const metered = new Map([...gpus, ...modules].map((each) => [each.device.id, each]));
  const readers = channels.map((channel): Reader => {
    const from = metered.get(channel.deviceId);
    if (from === undefined) {
      throw llemError('LLEM_E_METER', `${channel.deviceId} cannot be reached any more.`, {
        remedy:
          'Run `llem doctor`, which names the GPUs that are there. A GPU that is lost comes back with a restart.',
      });
    }
    return sourceOf(from, channel).open(session.nvml, from.handle);
  });
  return {
    read: (out, index) => readers[index]?.(out, index) ?? NVML.invalidArgument,
    close: () => session.close(),
  };
}

/** A channel is read as it was described: one of an instant never becomes a mean, even while its own source does not answer. */
function sourceOf({ chosen, candidates, device }: Metered, { quantity, averagedMs }: Channel): Source {
  const source = [...chosen, ...candidates].find(
    (each) => each.quantity === quantity && each.averagedMs === averagedMs,
  );
  if (source !== undefined) return source;
  throw llemError('LLEM_E_METER', `${device.id} has no ${quantity}.`, {
    remedy: 'Tell the authors of llem.',
  });
}
