/** Whether it can run here, with programs that answer as SGLang does. */
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checksFor } from './checks.js';
import { optionsSchema } from './options.js';

const HELP = `--- Help for Standard Language Model Server ---
usage: sglang serve [-h] --model-path MODEL_PATH [--tp-size TP_SIZE]
                    [--page-size PAGE_SIZE] [--disable-radix-cache]
                    [--lora-paths [LORA_PATHS ...]] [--cuda-graph-max-bs CUDA_GRAPH_MAX_BS]

options:
  -h, --help            show this help message and exit
  --tp-size TP_SIZE, --tensor-parallel-size TP_SIZE
                        The size, not --attn-dp-size.
`;

/** A program that prints the help for the arguments of `asks`, and its version for any other. */
function program(name: string, asks: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'llem-sglang-')), name);
  const script = `#!/bin/sh\nif [ "$*" = "${asks}" ]; then cat <<'END'\n${HELP}END\nelse printf 'sglang version: 0.5.17\\ngit revision: abc1234\\n'; fi\n`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
}

async function found(settings: object) {
  const checks = checksFor(optionsSchema.parse(settings), 'process');
  const signal = new AbortController().signal;
  return Promise.all(checks.map(async (check) => ({ id: check.id, ...(await check.run(signal)) })));
}

test('of a container and of a server that runs already nothing is known beforehand', () => {
  const options = optionsSchema.parse({});
  expect(checksFor(options, 'container')).toEqual([]);
  expect(checksFor(options, 'elsewhere')).toEqual([]);
});

test('a program that is not there', async () => {
  const [executable, flags] = await found({ executable: '/nowhere/sglang', tp_size: 2 });
  expect(executable).toMatchObject({ id: 'sglang.executable', status: 'failed' });
  expect(flags).toMatchObject({ id: 'sglang.flags', status: 'warning' });
});

test('flags that it has, and one that its release lacks', async () => {
  const executable = program('sglang', 'serve --help');
  const [, has] = await found({ executable, tp_size: 2, lora_paths: { a: 'org/a' } });
  expect(has?.status).toBe('ok');
  const [, lacks] = await found({ executable, tp_size: 2, attn_dp_size: 2 });
  expect(lacks?.status).toBe('failed');
  expect(lacks?.message).toContain('0.5.17');
  expect(lacks?.message).toContain('--attn-dp-size (sglang.attn_dp_size, releases >=0.5.22)');
});

test('a Python is asked by its module', async () => {
  const executable = program('python3', '-m sglang.launch_server --help');
  const [, flags] = await found({ executable, page_size: 64, extra: { 'not-there': true } });
  expect(flags?.status).toBe('failed');
  expect(flags?.message).toContain('--not-there');
});
