/** What images are put together from: this machine's Node.js, the simulated engine, the embedded engine. */
import { execFileSync } from 'node:child_process';
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ImageFiles } from './image.js';
import { MODULES, packageFiles } from './packages.js';
import { pathOf } from './requirements.js';

const TESTKIT = fileURLToPath(new URL('../..', import.meta.url));

/** A shell with the usual programs, users root and nobody, /tmp: an image of 2 MB. */
export function shellFiles(): ImageFiles {
  const busybox = pathOf('busybox') ?? '/bin/busybox';
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  return {
    ...libraries([busybox]),
    ...Object.fromEntries(applets.map((name) => [`/bin/${name}`, { linkTo: 'busybox' }])),
    '/bin/busybox': { copyOf: busybox },
    '/usr/bin/env': { linkTo: '/bin/busybox' },
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n',
    '/etc/group': 'root:x:0:\nnogroup:x:65534:\n',
    '/root': { folderMode: 0o700 },
    '/tmp': { folderMode: 0o1777 },
  };
}

/** This process's node with the libraries that it needs, beside `shellFiles()`, which are in it: 110 MB. */
export const nodeFiles = (): ImageFiles => ({
  ...shellFiles(),
  ...libraries([process.execPath]),
  '/usr/local/bin/node': { copyOf: realpathSync(process.execPath) },
});

/**
 * The built simulated engine: `vllm`, `sglang`, `trtllm-serve` and `llama-server` in the PATH, beside `nodeFiles()`. The generic one is
 * also `node /opt/llem/engine.mjs`.
 */
export function simulatedEngineFiles(): ImageFiles {
  const bin = `${MODULES}/@llem/testkit/bin`;
  return {
    ...packageFiles(TESTKIT),
    '/usr/local/bin/vllm': { linkTo: `${bin}/vllm.js` },
    '/usr/local/bin/sglang': { linkTo: `${bin}/sglang.js` },
    '/usr/local/bin/trtllm-serve': { linkTo: `${bin}/trtllm-serve.js` },
    '/usr/local/bin/llama-server': { linkTo: `${bin}/simulated-llama-server.mjs` },
    '/opt/llem/engine.mjs': { linkTo: `${bin}/simulated-llama-server.mjs` },
  };
}

/**
 * The built embedded engine of llama.cpp: `llem-llamacpp` in the PATH, beside `nodeFiles()`. Throws where the package
 * @llem/backend-llamacpp is not installed beside this one.
 */
export function embeddedEngineFiles(): ImageFiles {
  const files = packageFiles('@llem/backend-llamacpp', TESTKIT);
  const copies = Object.values(files).flatMap((file) =>
    typeof file === 'object' && 'copyOf' in file ? [file.copyOf] : [],
  );
  const native = copies.filter((path) => statSync(path).isDirectory()).flatMap(sharedObjects);
  const outside = Object.entries(libraries(native)).filter(
    ([path]) => !copies.some((copy) => path.startsWith(`${copy}/`)),
  );
  return {
    ...files,
    ...Object.fromEntries(outside),
    '/usr/local/bin/llem-llamacpp': { linkTo: `${MODULES}/@llem/backend-llamacpp/bin/llem-llamacpp.js` },
  };
}

/** The libraries that programs are linked with, where the dynamic linker looks for them. None for a static one. */
function libraries(programs: readonly string[]): ImageFiles {
  const paths = programs.flatMap((program) => {
    try {
      const said = execFileSync('ldd', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      return [...said.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path ?? '');
    } catch {
      return [];
    }
  });
  return Object.fromEntries(paths.map((path) => [path, { copyOf: realpathSync(path) }]));
}

const sharedObjects = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(node|so)$/.test(name))
    .map((name) => join(folder, name));
