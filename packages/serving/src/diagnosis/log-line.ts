/** A line of an engine's log for people: without colours, who wrote it and when. */

/** As long as can be read, in characters. */
const LONGEST = 300;

// eslint-disable-next-line no-control-regex -- colours are control characters
const COLOURS = /\u001b\[[0-9;]*m/g;

/** What stands before a message, in the order in which it is taken off. */
const PREFIXES: readonly RegExp[] = [
  // vLLM: (EngineCore_DP0 pid=7) ERROR 11-26 21:00:00 [core.py:708]
  /^\([\w ]+ pid=\d+\) */,
  /^(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) \d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? *(?:\[[^\]]*\] *)?/,
  // SGLang: [2026-11-26 21:00:00 TP0]; TensorRT-LLM: [11/26/2026-21:00:00] [TRT-LLM] [E]
  /^\[\d[\d/-]*[ -]\d\d:\d\d:\d\d[^\]]*\] */,
  /^\[(?:TRT-LLM|TensorRT-LLM)\] */,
  /^(?:\[(?:RANK \d+|[A-Z])\] *)+/,
  // llama.cpp: 0.00.123.456 E
  /^[\d.]+ [A-Z] +/,
];

/** The line around a place in a log. */
export function logLineAt(log: string, index: number): string {
  const start = log.lastIndexOf('\n', index) + 1;
  const end = log.indexOf('\n', index);
  const line = log.slice(start, end === -1 ? log.length : end).replace(COLOURS, '');
  const plain = PREFIXES.reduce((rest, prefix) => rest.replace(prefix, ''), line.trim()).trim();
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain;
}
