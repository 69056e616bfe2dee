/** How far a pull is, from the events that the engine sends meanwhile. Pure. */
import { z } from 'zod';

export const pullEventSchema = z.looseObject({
  id: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
  errorDetail: z.looseObject({ message: z.string().optional() }).optional(),
  progressDetail: z
    .looseObject({ current: z.number().optional(), total: z.number().optional() })
    .nullish()
    .catch(null),
});
export type PullEvent = z.output<typeof pullEventSchema>;

interface Layer {
  /** Null until its download has begun. */
  sizeBytes: number | null;
  hereBytes: number;
  state: 'waiting' | 'downloading' | 'unpacking' | 'done';
}

export interface PullProgress {
  take(event: PullEvent): void;
  /** A sentence's part: `3.2 of 9.8 GB`. Null before anything is known. */
  text(): string | null;
  /** Whether everything has been downloaded, so that no registry is waited for any more. */
  isDownloaded(): boolean;
}

export function pullProgress(): PullProgress {
  const layers = new Map<string, Layer>();
  return {
    take({ id, status, progressDetail }) {
      if (id === undefined || status === undefined) return;
      const state = stateOf(status);
      if (state === null) return;
      const layer = layers.get(id) ?? { sizeBytes: null, hereBytes: 0, state };
      layers.set(id, layer);
      layer.state = state;
      if (status === 'Already exists') layer.sizeBytes = 0;
      if (status === 'Downloading' && progressDetail) {
        // A layer of unknown length says -1 or nothing.
        if ((progressDetail.total ?? 0) > 0) layer.sizeBytes = progressDetail.total ?? null;
        layer.hereBytes = progressDetail.current ?? layer.hereBytes;
      } else if (state !== 'waiting') {
        layer.sizeBytes ??= 0;
        layer.hereBytes = layer.sizeBytes;
      }
    },
    text: () => textOf([...layers.values()]),
    isDownloaded: () => layers.size > 0 && [...layers.values()].every(isHere),
  };
}

function stateOf(status: string): Layer['state'] | null {
  switch (status) {
    case 'Pulling fs layer':
    case 'Waiting':
      return 'waiting';
    case 'Downloading':
      return 'downloading';
    case 'Verifying Checksum':
    case 'Download complete':
    case 'Extracting':
      return 'unpacking';
    case 'Pull complete':
    case 'Already exists':
      return 'done';
    default:
      return null;
  }
}

const isHere = ({ state }: Layer): boolean => state === 'done' || state === 'unpacking';

function textOf(layers: readonly Layer[]): string | null {
  if (layers.length === 0) return null;
  const done = layers.filter(({ state }) => state === 'done').length;
  const counted = `${done} of ${layers.length} layers`;
  if (layers.every(isHere)) return `unpacking, ${counted}`;
  const here = gigabytes(layers.reduce((sum, { hereBytes }) => sum + hereBytes, 0));
  // Of layers that wait nobody has said how large they are.
  if (layers.some(({ sizeBytes }) => sizeBytes === null)) return `${here} GB, ${counted}`;
  return `${here} of ${gigabytes(layers.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0))} GB`;
}

/** Of 10^9 bytes, as registries tell sizes; images of a few MB are shown as such. */
const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(bytes < 1e8 ? 3 : 1);
