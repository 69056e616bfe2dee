/** What an engine says of itself. */
import { hostname, release, totalmem } from 'node:os';
import { llemError } from '@llem/core';
import { z } from 'zod';
import { placeOf } from './address.js';
import { ask, type Engine } from './client.js';
import { daemonOf } from './daemon.js';
import { dockerError } from './errors.js';

export interface DockerFacts {
  readonly kind: 'docker' | 'podman';
  readonly version: string;
  readonly apiVersion: string;
  /** `linux`, `windows`: of its containers. */
  readonly os: string;
  readonly arch: string;
  readonly kernel: string;
  /** Name of the machine that it runs on. */
  readonly name: string;
  /** Where it keeps what it has, on its own machine. */
  readonly rootDir: string;
  /** Where its images may be; the first is `rootDir`. */
  readonly imageFolders: readonly string[];
  readonly isRootless: boolean;
  /** SELinux holds its containers apart from the files of this machine. */
  readonly usesSelinux: boolean;
  /** Docker Desktop: containers run in a virtual machine. */
  readonly isDesktop: boolean;
  /** Its containers run under this very kernel. */
  readonly isLocal: boolean;
  readonly runtimes: readonly string[];
  /** What it can hold a container to: without control groups, as where it is rootless, it takes a limit and does nothing. */
  readonly limits: { readonly memory: boolean; readonly cpus: boolean };
  /** Devices that it knows by the Container Device Interface, `nvidia.com/gpu=0`; empty where it does not tell. */
  readonly cdiDevices: readonly string[];
}

/** First API with DeviceRequests, by which GPUs are handed over (Docker Engine API version history, v1.40). */
const OLDEST_API = '1.40';
/** An engine that is busy with many containers takes a second or two. */
const ANSWER_LIMIT_MS = 15_000;

const CONTAINERD_FOLDER = '/var/lib/containerd';

const versionSchema = z.looseObject({
  Version: z.string(),
  ApiVersion: z.string(),
  Os: z.string().default('linux'),
  Arch: z.string().default('unknown'),
  Components: z.array(z.looseObject({ Name: z.string() })).nullish(),
});
const infoSchema = z.looseObject({
  Name: z.string().default(''),
  OperatingSystem: z.string().default(''),
  KernelVersion: z.string().default(''),
  DockerRootDir: z.string().default(''),
  MemTotal: z.number().default(0),
  DriverStatus: z.array(z.array(z.string())).nullish().catch(null),
  SecurityOptions: z.array(z.string()).nullish(),
  Runtimes: z.record(z.string(), z.unknown()).nullish(),
  MemoryLimit: z.boolean().nullish(),
  CpuCfsQuota: z.boolean().nullish(),
  CgroupVersion: z.string().nullish(),
  DiscoveredDevices: z.array(z.looseObject({ Source: z.string(), ID: z.string() })).nullish(),
});

/** Throws LLEM_E_START, or the signal's reason. */
export async function readFacts(engine: Engine, signal: AbortSignal): Promise<DockerFacts> {
  const { address } = engine;
  const limit = AbortSignal.timeout(ANSWER_LIMIT_MS);
  const abortSignal = AbortSignal.any([signal, limit]);
  try {
    const [version, info] = await Promise.all([
      ask(engine, '/version', abortSignal),
      ask(engine, '/info', abortSignal),
    ]);
    const facts = factsOf(versionSchema.parse(version), infoSchema.parse(info));
    refuse(facts, engine);
    return facts;
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) {
      throw llemError(
        'LLEM_E_START',
        `The Docker engine at ${placeOf(address)} did not answer in ${ANSWER_LIMIT_MS / 1_000} s.`,
        {
          remedy: `See whether \`docker info\` answers; if not, start it again: ${daemonOf(address).restart}.`,
          failureClass: 'docker-unreachable',
        },
      );
    }
    throw dockerError(error, { doing: 'reach', address });
  }
}

function factsOf(version: z.output<typeof versionSchema>, info: z.output<typeof infoSchema>): DockerFacts {
  const isRootless = info.SecurityOptions?.some((option) => option.includes('rootless')) ?? false;
  // Those of version 1 are root's alone. Podman says all the same that it can.
  const hasGroups = !isRootless || info.CgroupVersion !== '1';
  const isDesktop = info.OperatingSystem === 'Docker Desktop';
  return {
    kind: version.Components?.some(({ Name }) => /podman/i.test(Name)) ? 'podman' : 'docker',
    version: version.Version,
    apiVersion: version.ApiVersion,
    os: version.Os,
    arch: version.Arch,
    kernel: info.KernelVersion,
    name: info.Name,
    rootDir: info.DockerRootDir,
    imageFolders: [info.DockerRootDir, ...(isInContainerd(info) ? [CONTAINERD_FOLDER] : [])],
    isRootless,
    usesSelinux: info.SecurityOptions?.some((option) => option.startsWith('name=selinux')) ?? false,
    isDesktop,
    isLocal: !isDesktop && version.Os === 'linux' && isThisKernel(info),
    runtimes: Object.keys(info.Runtimes ?? {}),
    limits: {
      memory: hasGroups && info.MemoryLimit !== false,
      cpus: hasGroups && info.CpuCfsQuota !== false,
    },
    cdiDevices: (info.DiscoveredDevices ?? []).filter(({ Source }) => Source === 'cdi').map(({ ID }) => ID),
  };
}

/** Docker from 29 on keeps images there unless told otherwise; where "there" is it does not say. */
const isInContainerd = ({ DriverStatus }: z.output<typeof infoSchema>): boolean =>
  DriverStatus?.flat().some((word) => word.startsWith('io.containerd.snapshotter')) ?? false;

/** The name differs where llem itself runs in a container that was given the engine's socket; the memory then does not. */
function isThisKernel({ KernelVersion, Name, MemTotal }: z.output<typeof infoSchema>): boolean {
  if (process.platform !== 'linux' || KernelVersion !== release()) return false;
  return Name === hostname() || MemTotal === totalmem();
}

/** What cannot be used, however well it answers. */
function refuse(facts: DockerFacts, { address }: Engine): void {
  if (isOlder(facts.apiVersion, OLDEST_API)) {
    throw llemError(
      'LLEM_E_START',
      `The Docker engine at ${placeOf(address)} is ${facts.version} with API ${facts.apiVersion}; llem needs API ${OLDEST_API}, of Docker 19.03.`,
      {
        remedy: 'Update Docker: https://docs.docker.com/engine/install.',
        failureClass: 'docker-too-old',
      },
    );
  }
  // Elsewhere than on Linux every engine is in a virtual machine of this machine.
  if (process.platform === 'linux' && !facts.isLocal && !facts.isDesktop) {
    throw llemError(
      'LLEM_E_START',
      `The Docker engine at ${placeOf(address)} runs on "${facts.name}" under the kernel ${facts.kernel}, not under that of this machine (${release()}).`,
      {
        remedy:
          'What is measured has to run beside the meters: run llem on that machine, or start the server there and measure it with the runner `attach`.',
        failureClass: 'docker-remote',
      },
    );
  }
}

/** Of versions of the API. */
export function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldMajor = 0, oldMinor = 0] = than.split('.').map(Number);
  return major === oldMajor ? minor < oldMinor : major < oldMajor;
}
