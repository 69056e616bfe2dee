/** Files of Linux that hold a number. */
export { nameOf, obstacle, openNumberFile, parseDigits, type NumberFile } from './number-file.js';
export { openScaledFiles, type ScaledFile, type ScaledFiles } from './scaled-files.js';
