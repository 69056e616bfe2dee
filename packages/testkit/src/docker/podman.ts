/** Podman as an engine of one's own: its API service with everything in a folder that goes with it. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EnginePlace, EngineProgram } from './program.js';
import { enginePath, pathOf } from './requirements.js';

/** Where its helpers lie beside it: in the system as packages put them, elsewhere in `libexec` beside `bin`. */
const helperFolders = (podman: string): string[] => [
  join(dirname(podman), '../libexec'),
  '/usr/libexec/podman',
  '/usr/local/libexec/podman',
  '/usr/lib/podman',
];

/** Writes what it is configured with, and says how its service is started. */
export function podmanService({ folder, socketPath, network }: EnginePlace): EngineProgram {
  const path = enginePath();
  const program = (name: string) => pathOf(name, path) ?? name;
  const helpers = helperFolders(program('podman'));
  const init = helpers.map((each) => join(each, 'catatonit')).find((each) => existsSync(each));
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const list = (values: readonly string[]) => JSON.stringify(values);
  const home = join(folder, 'home');
  mkdirSync(join(home, '.config/containers'), { recursive: true });
  write('home/.config/containers/policy.json', '{"default":[{"type":"insecureAcceptAnything"}]}');
  mkdirSync(join(folder, 'net'));
  write('net/podman.json', JSON.stringify(defaultNetwork(network.name)));
  return {
    name: 'podman',
    socketPath,
    args: ['system', 'service', '--time=0', `unix://${socketPath}`],
    env: {
      ...process.env,
      PATH: path,
      HOME: home,
      CONTAINERS_CONF: write(
        'containers.conf',
        `[containers]
default_ulimits = ["nofile=1024:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
helper_binaries_dir = ${list(helpers)}
conmon_path = ${list([program('conmon')])}
${init === undefined ? '' : `init_path = "${init}"`}
tmp_dir = "${folder}/tmp"
volume_path = "${folder}/volumes"
[engine.runtimes]
crun = ${list([program('crun')])}
[network]
network_backend = "netavark"
network_config_dir = "${folder}/net"
`,
      ),
      CONTAINERS_STORAGE_CONF: write(
        'storage.conf',
        `[storage]
driver = "overlay"
graphroot = "${folder}/root"
runroot = "${folder}/run"
`,
      ),
      CONTAINERS_REGISTRIES_CONF: write(
        'registries.conf',
        `unqualified-search-registries = ["docker.io"]
[[registry]]
location = "127.0.0.1"
insecure = true
`,
      ),
    },
  };
}

/** As Podman would make it, but for the bridge, which would be the same for all. Its name tells the subnets that this engine has. */
const defaultNetwork = (name: string) => {
  const subnet = `198.19.${name.replace(/\D/g, '')}`;
  return {
    name: 'podman',
    id: '2f259bab93aaaaa2542ba43ef33eb990d0999ee1b9924b557b7be53c0b7a1bb9',
    driver: 'bridge',
    network_interface: `${name}p`,
    created: '2026-01-01T00:00:00Z',
    subnets: [{ subnet: `${subnet}.0/24`, gateway: `${subnet}.1` }],
    ipv6_enabled: false,
    internal: false,
    dns_enabled: false,
    ipam_options: { driver: 'host-local' },
  };
};
