/** Writes the GGUF file format, version 3: little-endian, metadata first, then aligned tensor data. */

/** Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md */
const MAGIC = 'GGUF';
const VERSION = 3;
export const ALIGNMENT = 32;

/** Metadata value types of the format. */
const TYPE = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 } as const;

export type MetadataValue =
  | { readonly type: 'uint32' | 'float32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'int32s'; readonly value: readonly number[] };

/** Element types of tensors that the writer knows, with their number in the format. */
export const TENSOR_TYPE = { f32: 0, q8_0: 8 } as const;

export interface Tensor {
  readonly name: string;
  /** Innermost dimension first. */
  readonly shape: readonly number[];
  readonly type: keyof typeof TENSOR_TYPE;
  readonly data: Uint8Array;
}

const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const text = (value: string) => {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([u64(bytes.length), bytes]);
};

function encode(entry: MetadataValue): Buffer[] {
  switch (entry.type) {
    case 'uint32':
      return [u32(TYPE.uint32), u32(entry.value)];
    case 'float32': {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatLE(entry.value);
      return [u32(TYPE.float32), bytes];
    }
    case 'bool':
      return [u32(TYPE.bool), Buffer.from([entry.value ? 1 : 0])];
    case 'string':
      return [u32(TYPE.string), text(entry.value)];
    case 'strings':
      return [u32(TYPE.array), u32(TYPE.string), u64(entry.value.length), ...entry.value.map(text)];
    case 'int32s': {
      const bytes = Buffer.alloc(4 * entry.value.length);
      entry.value.forEach((value, i) => bytes.writeInt32LE(value, 4 * i));
      return [u32(TYPE.array), u32(TYPE.int32), u64(entry.value.length), bytes];
    }
  }
}

const padding = (length: number) => (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT;

/** The whole file as the pieces to be written one after the other. */
export function ggufFile(
  metadata: readonly (readonly [key: string, value: MetadataValue])[],
  tensors: readonly Tensor[],
): Uint8Array[] {
  let offset = 0;
  const infos = tensors.map((tensor) => {
    const info = Buffer.concat([
      text(tensor.name),
      u32(tensor.shape.length),
      ...tensor.shape.map(u64),
      u32(TENSOR_TYPE[tensor.type]),
      u64(offset),
    ]);
    offset += tensor.data.length + padding(tensor.data.length);
    return info;
  });
  const header = Buffer.concat([
    Buffer.from(MAGIC, 'latin1'),
    u32(VERSION),
    u64(tensors.length),
    u64(metadata.length),
    ...metadata.flatMap(([key, value]) => [text(key), ...encode(value)]),
    ...infos,
  ]);
  return [
    header,
    Buffer.alloc(padding(header.length)),
    ...tensors.flatMap(({ data }) => [data, Buffer.alloc(padding(data.length))]),
  ];
}
