/** NVIDIA's container toolkit and `nvidia-smi`, simulated: what they answer, on a machine without a GPU. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageFiles } from './image.js';

/** What the toolkit finds when a container with GPUs starts. */
export type ToolkitState = 'ok' | 'driver-too-old' | 'no-driver' | 'unknown-device';

export interface SimulatedToolkit {
  /** Put before dockerd's PATH (`pathPrefix`): Docker takes a machine for one with the toolkit by a program that it finds there. */
  readonly folder: string;
  /** From now on. It begins with `ok`. */
  set(state: ToolkitState): void;
  remove(): void;
}

/**
 * What libnvidia-container says, to which runc, containerd and Docker add what is around it (`: unknown` at the end comes from them).
 * The last names the first device that the container asks for.
 */
const MESSAGES: Readonly<Record<Exclude<ToolkitState, 'ok'>, string>> = {
  'driver-too-old':
    'requirement error: unsatisfied condition: cuda>=12.9, please update your driver to a newer version, or use an earlier cuda container',
  'no-driver': 'initialization error: nvml error: driver not loaded',
  'unknown-device': 'device error: $device: unknown device',
};

/** Makes the folder with the hook that Docker has called before a container with GPUs starts. */
export function simulatedToolkit(): SimulatedToolkit {
  const folder = mkdtempSync(join(tmpdir(), 'llem-nvidia-'));
  const control = join(folder, 'state');
  const set = (state: ToolkitState) => writeFileSync(control, state);
  set('ok');
  writeFileSync(join(folder, 'nvidia-container-runtime-hook'), hook(control), { mode: 0o755 });
  return { folder, set, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** An OCI hook: the container's state comes as JSON on its input, and its configuration lies in the bundle that this names. */
const hook = (control: string) => `#!/bin/sh
bundle=$(sed -n 's/.*"bundle":"\\([^"]*\\)".*/\\1/p')
device=$(sed -n 's/.*"NVIDIA_VISIBLE_DEVICES=\\([^",]*\\).*/\\1/p' "$bundle/config.json")
case $(cat '${control}') in
ok) exit 0 ;;
${Object.entries(MESSAGES)
  .map(([state, message]) => `${state}) message="${message}" ;;`)
  .join('\n')}
esac
echo "Auto-detected mode as 'legacy'" >&2
echo "nvidia-container-cli: $message" >&2
exit 1
`;

export interface SimulatedGpus {
  /** Version of the driver, such as `550.54.15`. */
  readonly driver: string;
  /** Newest CUDA that it can do, such as `12.4`. */
  readonly cuda: string;
  readonly uuids?: readonly string[];
}

const UUIDS = ['GPU-11111111-1111-1111-1111-111111111111', 'GPU-22222222-2222-2222-2222-222222222222'];

/** A `nvidia-smi` for an image with a shell. It sees the GPUs of NVIDIA_VISIBLE_DEVICES: `all`, UUIDs or indices. */
export const gpuFiles = ({ driver, cuda, uuids = UUIDS }: SimulatedGpus): ImageFiles => ({
  '/usr/bin/nvidia-smi': `#!/bin/sh
index=0
seen=
for uuid in ${uuids.join(' ')}; do
  case ",$NVIDIA_VISIBLE_DEVICES," in
  ,all, | *",$uuid,"* | *",$index,"*) seen="$seen $uuid" ;;
  esac
  index=$((index + 1))
done
if [ -z "$seen" ]; then
  echo 'No devices were found'
  exit 6
fi
case "$1" in
--query-gpu=uuid) for uuid in $seen; do echo "$uuid"; done ;;
--query-gpu=uuid,driver_version) for uuid in $seen; do echo "$uuid, ${driver}"; done ;;
-q)
  cat <<'END'

==============NVSMI LOG==============

${summary(driver, cuda)}

END
  for uuid in $seen; do
    echo "GPU 00000000:1B:00.0"
    echo "    Product Name                          : NVIDIA H100 80GB HBM3"
    echo "    GPU UUID                              : $uuid"
  done
  ;;
--query-gpu=*)
  echo "Field \\"\${1#--query-gpu=}\\" is not a valid field to query."
  exit 2
  ;;
*)
  date
  cat <<'END'
${head(driver, cuda)}
END
  index=0
  for uuid in $seen; do
    printf '|%4d  NVIDIA H100 80GB HBM3          On  |   00000000:%02X:00.0 Off |                    0 |\\n' $index $((index + 27))
    cat <<'END'
${ROW}
END
    index=$((index + 1))
  done
  ;;
esac
`,
});

const COLUMNS = [41, 24, 22];
const rule = (line: string, cross: string) => COLUMNS.map((width) => line.repeat(width)).join(cross);
const ROW = `\
| N/A   32C    P0             70W /  700W |       1MiB /  81559MiB |      0%      Default |
|                                         |                        |             Disabled |
+${rule('-', '+')}+`;

/** The first lines of `-q`. From 610 on the two versions have other names, and say so where the old ones were. */
function summary(driver: string, cuda: string): string {
  const line = (name: string, value: string) => `${name.padEnd(42)}: ${value}`;
  if (Number(driver.split('.')[0]) < 610) {
    return [line('Driver Version', driver), line('CUDA Version', cuda)].join('\n');
  }
  const deprecated = (name: string) => `[Deprecated; will be removed in CUDA 14.0. Use ${name} instead]`;
  return [
    line('KMD Version', driver),
    line('Driver Version', deprecated('KMD Version')),
    line('CUDA UMD Version', cuda),
    line('CUDA Version', deprecated('CUDA UMD Version')),
  ].join('\n');
}

/** As the releases from 535 on print it. From 610 on the two versions have other names. */
function head(driver: string, cuda: string): string {
  const versions =
    Number(driver.split('.')[0]) < 610
      ? `Driver Version: ${driver.padEnd(15)}CUDA Version: ${cuda.padEnd(9)}`
      : `KMD Version: ${driver.padEnd(14)}CUDA UMD Version: ${cuda.padEnd(9)}`;
  return `\
+${rule('-', '-')}+
| NVIDIA-SMI ${driver.padEnd(23)}${versions}|
+${rule('-', '+')}+
| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |
| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |
|                                         |                        |               MIG M. |
|${rule('=', '+')}|`;
}
