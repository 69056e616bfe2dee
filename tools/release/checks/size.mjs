// How large a package may be: the largest are a third of it. More is something that was packed by mistake.

const MAX_PACKED_BYTES = 512 * 1024;
const MAX_UNPACKED_BYTES = 2 * 1024 ** 2;
const MAX_FILES = 500;

export function checkSize({ data, unpackedBytes, files }) {
  const limits = [
    ['bytes packed', data.length, MAX_PACKED_BYTES],
    ['bytes unpacked', unpackedBytes, MAX_UNPACKED_BYTES],
    ['files', files.size, MAX_FILES],
  ];
  return limits
    .filter(([, value, most]) => value > most)
    .map(([unit, value, most]) => `it has ${value} ${unit}; ${most} are allowed`);
}
