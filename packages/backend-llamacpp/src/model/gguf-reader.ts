/** Reads what a GGUF file says of itself: metadata and tensor shapes, never the weights. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Why a file cannot be used, for people; `detail` completes "the file ...". */
export class GgufError extends Error {}

export interface TensorInfo {
  readonly name: string;
  readonly elements: number;
  /** Offset from the start of the tensor data, in bytes. */
  readonly offset: number;
  /** Null where the element type is not known here. */
  readonly bytes: number | null;
}

export interface GgufHeader {
  readonly version: number;
  readonly values: ReadonlyMap<string, string | number | boolean>;
  /** `tokenizer.ggml.token_type`, one a token; null when absent. */
  readonly tokenTypes: Int32Array | null;
  /** Length of `tokenizer.ggml.tokens`; null when absent. */
  readonly vocabularySize: number | null;
  readonly tensors: readonly TensorInfo[];
  /** Where tensor data begins, in bytes from the start of the file. */
  readonly dataOffset: number;
  readonly fileBytes: number;
}

// A hostile or damaged file must not make us allocate what it claims to hold.
const MAX_ENTRIES = 1_000_000;
const MAX_ARRAY = 64_000_000;
const MAX_STRING = 64 * 1024 * 1024;
const CHUNK = 1024 * 1024;

const VALUE_BYTES = new Map([
  [0, 1],
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 4],
  [5, 4],
  [6, 4],
  [7, 1],
  [10, 8],
  [11, 8],
  [12, 8],
]);
const STRING = 8;
const ARRAY = 9;

/** Elements and bytes of a block of each tensor type (ggml.h); a type missing here is not checked for its size. */
const TENSOR_BLOCKS = new Map<number, readonly [elements: number, bytes: number]>([
  [0, [1, 4]], // F32
  [1, [1, 2]], // F16
  [2, [32, 18]], // Q4_0
  [3, [32, 20]], // Q4_1
  [6, [32, 22]], // Q5_0
  [7, [32, 24]], // Q5_1
  [8, [32, 34]], // Q8_0
  [10, [256, 84]], // Q2_K
  [11, [256, 110]], // Q3_K
  [12, [256, 144]], // Q4_K
  [13, [256, 176]], // Q5_K
  [14, [256, 210]], // Q6_K
  [20, [32, 18]], // IQ4_NL
  [23, [256, 136]], // IQ4_XS
  [30, [1, 2]], // BF16
]);

/** A cursor that only moves forward and never holds more than it was asked for. */
function cursorOf(fd: number, fileBytes: number) {
  let chunk = Buffer.alloc(0);
  let chunkStart = 0;
  let position = 0;
  const need = (count: number) => {
    if (count > fileBytes - position) throw new GgufError('is cut off: it ends within its own header');
  };
  const take = (count: number): Buffer => {
    need(count);
    if (position + count > chunkStart + chunk.length) {
      const length = Math.min(Math.max(count, CHUNK), fileBytes - position);
      chunk = Buffer.alloc(length);
      let filled = 0;
      while (filled < length) {
        const got = readSync(fd, chunk, filled, length - filled, position + filled);
        if (got === 0) throw new GgufError('is cut off: it became shorter while it was read');
        filled += got;
      }
      chunkStart = position;
    }
    const from = position - chunkStart;
    position += count;
    return chunk.subarray(from, from + count);
  };
  const skip = (count: number) => {
    need(count);
    position += count;
    if (position > chunkStart + chunk.length) {
      chunk = Buffer.alloc(0);
      chunkStart = position;
    }
  };
  const u32 = () => take(4).readUInt32LE();
  const count = (limit: number, what: string) => {
    const value = take(8).readBigUInt64LE();
    if (value > BigInt(limit)) throw new GgufError(`is damaged: it claims ${value.toString()} ${what}`);
    return Number(value);
  };
  return {
    take,
    skip,
    u32,
    count,
    text: () => take(count(MAX_STRING, 'bytes in a string')).toString('utf8'),
    position: () => position,
  };
}
type Cursor = ReturnType<typeof cursorOf>;

function scalar(cursor: Cursor, type: number): string | number | boolean {
  if (type === STRING) return cursor.text();
  const bytes = VALUE_BYTES.get(type);
  if (bytes === undefined) throw new GgufError(`is damaged: it has a metadata value of unknown type ${type}`);
  const raw = cursor.take(bytes);
  switch (type) {
    case 0:
      return raw.readUInt8();
    case 1:
      return raw.readInt8();
    case 2:
      return raw.readUInt16LE();
    case 3:
      return raw.readInt16LE();
    case 4:
      return raw.readUInt32LE();
    case 5:
      return raw.readInt32LE();
    case 6:
      return raw.readFloatLE();
    case 7:
      return raw.readUInt8() !== 0;
    case 10:
      return Number(raw.readBigUInt64LE());
    case 11:
      return Number(raw.readBigInt64LE());
    default:
      return raw.readDoubleLE();
  }
}

/** Steps over an array; gives its integers where they are 32 bits wide and asked for. */
function array(cursor: Cursor, keep: boolean): { length: number; integers: Int32Array | null } {
  const type = cursor.u32();
  const length = cursor.count(MAX_ARRAY, 'elements in an array');
  if (type === STRING) {
    for (let i = 0; i < length; i++) cursor.skip(cursor.count(MAX_STRING, 'bytes in a string'));
    return { length, integers: null };
  }
  if (type === ARRAY) throw new GgufError('is damaged: it has an array of arrays');
  const bytes = VALUE_BYTES.get(type);
  if (bytes === undefined) throw new GgufError(`is damaged: it has an array of unknown type ${type}`);
  if (!keep || bytes !== 4) {
    cursor.skip(bytes * length);
    return { length, integers: null };
  }
  const raw = cursor.take(bytes * length);
  return { length, integers: Int32Array.from({ length }, (_, i) => raw.readInt32LE(4 * i)) };
}

function tensorInfo(cursor: Cursor): TensorInfo {
  const name = cursor.text();
  const dimensions = cursor.u32();
  if (dimensions > 4) throw new GgufError(`is damaged: tensor "${name}" has ${dimensions} dimensions`);
  let elements = 1;
  for (let i = 0; i < dimensions; i++) elements *= cursor.count(Number.MAX_SAFE_INTEGER, 'rows in a tensor');
  const block = TENSOR_BLOCKS.get(cursor.u32());
  const offset = cursor.count(Number.MAX_SAFE_INTEGER, 'bytes before a tensor');
  return { name, elements, offset, bytes: block ? Math.ceil(elements / block[0]) * block[1] : null };
}

function readHeader(fd: number, fileBytes: number): GgufHeader {
  const cursor = cursorOf(fd, fileBytes);
  if (fileBytes < 4 || cursor.take(4).toString('latin1') !== 'GGUF') throw new GgufError('is no GGUF file');
  const version = cursor.u32();
  if (version !== 2 && version !== 3) {
    throw new GgufError(`is of GGUF version ${version} (or big-endian); versions 2 and 3 are supported`);
  }
  const tensorCount = cursor.count(MAX_ENTRIES, 'tensors');
  const valueCount = cursor.count(MAX_ENTRIES, 'metadata entries');
  const values = new Map<string, string | number | boolean>();
  let tokenTypes: Int32Array | null = null;
  let vocabularySize: number | null = null;
  for (let i = 0; i < valueCount; i++) {
    const key = cursor.text();
    const type = cursor.u32();
    if (type !== ARRAY) {
      values.set(key, scalar(cursor, type));
      continue;
    }
    const { length, integers } = array(cursor, key === 'tokenizer.ggml.token_type');
    if (key === 'tokenizer.ggml.token_type') tokenTypes = integers;
    if (key === 'tokenizer.ggml.tokens') vocabularySize = length;
  }
  const tensors = Array.from({ length: tensorCount }, () => tensorInfo(cursor));
  const asked = Number(values.get('general.alignment') ?? 32);
  const alignment = Number.isInteger(asked) && asked > 0 ? asked : 32;
  const dataOffset = Math.ceil(cursor.position() / alignment) * alignment;
  return { version, values, tokenTypes, vocabularySize, tensors, dataOffset, fileBytes };
}

/** Reads the header of a GGUF file and checks that the file is as long as its tensors need. Throws GgufError. */
export function readGguf(path: string): GgufHeader {
  const fd = openSync(path, 'r');
  try {
    const header = readHeader(fd, fstatSync(fd).size);
    for (const tensor of header.tensors) {
      const end = header.dataOffset + tensor.offset + (tensor.bytes ?? 0);
      if (end > header.fileBytes) {
        throw new GgufError(
          `is cut off: it has ${header.fileBytes} bytes and tensor "${tensor.name}" would end at ${end}`,
        );
      }
    }
    return header;
  } finally {
    closeSync(fd);
  }
}
