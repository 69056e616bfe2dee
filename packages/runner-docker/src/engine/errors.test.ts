/** What engines and registries say, as people are told it. Recorded from Docker 20.10 to 29, NVIDIA's toolkit and Podman. */
import { isLlemError, llemError } from '@llem/core';
import { describe, expect, it } from 'vitest';
import type { EngineAddress } from './address.js';
import { causeOf, dockerError, type Doing } from './errors.js';

const address: EngineAddress = { url: 'unix:///var/run/docker.sock', from: 'default', tls: null };

/** As dockerode rejects with an answer of the engine. */
const answer = (statusCode: number, message: string, json: object | null = { message }): Error =>
  Object.assign(new Error(`(HTTP code ${statusCode}) server error - ${message} `), {
    statusCode,
    reason: 'x',
    json,
  });
/** As it rejects with one of Podman, which names the cause beside the words that end with it. */
const podman = (statusCode: number, cause: string, message: string): Error =>
  answer(statusCode, message, { cause, message, response: statusCode });
/** As it rejects without one. */
const connection = (code: string, message = `connect ${code} /var/run/docker.sock`): Error =>
  Object.assign(new Error(message), { code, errno: -1, syscall: 'connect', address: '/var/run/docker.sock' });
/** As an event in the middle of a pull is thrown. */
const event = (message: string): Error => new Error(message);

type Case = readonly [name: string, error: unknown, failureClass: string, message: string, remedy: string];

/** Each is named, with what it is about and a remedy that can be typed. */
function each(doing: Partial<Doing> & Pick<Doing, 'doing'>, cases: readonly Case[]): void {
  it.each(cases)('%s', (_, error, failureClass, message, remedy) => {
    const cause = causeOf(error, { image: 'ghcr.io/o/engine:1', port: 8000, address, ...doing });
    expect(cause.class).toBe(failureClass);
    expect(cause.message).toContain(message);
    expect(cause.remedy).toContain(remedy);
    expect(cause.message).not.toMatch(/HTTP code|undefined|\n/);
  });
}

describe('of the way to the engine', () => {
  each({ doing: 'reach' }, [
    [
      'no socket',
      connection('ENOENT'),
      'docker-unreachable',
      'unix:///var/run/docker.sock (default): there is no such socket',
      'sudo systemctl start docker',
    ],
    [
      'a stale socket',
      connection('ECONNREFUSED'),
      'docker-unreachable',
      'nothing listens there',
      'Docker Desktop',
    ],
    [
      'no permission',
      connection('EACCES'),
      'docker-permission',
      'permission denied',
      'sudo usermod -aG docker $USER',
    ],
    [
      'an unknown host',
      connection('ENOTFOUND', 'getaddrinfo ENOTFOUND x'),
      'docker-unreachable',
      'is not known',
      'export DOCKER_HOST=',
    ],
    [
      'a host that is away',
      connection('ETIMEDOUT'),
      'docker-unreachable',
      'ETIMEDOUT',
      'export DOCKER_HOST=',
    ],
    [
      'something that hangs up',
      connection('ECONNRESET', 'socket hang up'),
      'docker-unreachable',
      'ends the connection',
      'docker',
    ],
    [
      'something that is no HTTP',
      connection('HPE_INVALID_CONSTANT', 'Parse Error'),
      'docker-unreachable',
      'no Docker engine',
      'export DOCKER_HOST=',
    ],
    [
      'HTTP where TLS is wanted',
      answer(400, 'Client sent an HTTP request to an HTTPS server.', null),
      'docker-unreachable',
      'wants TLS',
      'DOCKER_TLS_VERIFY=1',
    ],
    [
      'a certificate that nobody knows',
      connection('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'),
      'docker-unreachable',
      'self-signed certificate',
      'DOCKER_CERT_PATH',
    ],
    [
      'TLS where HTTP is wanted',
      connection('EPROTO', 'write EPROTO wrong version number'),
      'docker-unreachable',
      'over TLS',
      'unset DOCKER_HOST',
    ],
    [
      'an API that is too new',
      answer(400, 'client version 1.60 is too new. Maximum supported API version is 1.41'),
      'docker-too-old',
      '1.60 is too new. Maximum supported API version is 1.41',
      'Update Docker',
    ],
    [
      'an API that is too old',
      answer(
        400,
        'client version 1.30 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version',
      ),
      'docker-too-old',
      '1.44',
      'Update Docker',
    ],
  ]);

  it('names who said where it is, and what can be done about that', () => {
    const named = { url: 'unix:///x.sock', from: 'DOCKER_HOST', tls: null };
    const { message, remedy } = causeOf(connection('ENOENT'), { doing: 'reach', address: named });
    expect(message).toContain('unix:///x.sock (DOCKER_HOST)');
    expect(remedy).toContain('do without DOCKER_HOST');
  });
});

describe('of an engine that ends meanwhile', () => {
  each({ doing: 'start' }, [
    ['a reset', connection('ECONNRESET', 'aborted'), 'docker-gone', 'was lost', 'journalctl -u docker'],
    [
      'a reset without a code',
      new Error('socket hang up'),
      'docker-gone',
      'was lost',
      'journalctl -u docker',
    ],
    ['a closed pipe', connection('EPIPE', 'write EPIPE'), 'docker-gone', 'was lost', 'journalctl -u docker'],
    [
      'a stream that closed',
      connection('ERR_STREAM_PREMATURE_CLOSE', 'Premature close'),
      'docker-gone',
      'was lost',
      'journalctl -u docker',
    ],
    [
      'a container that somebody removed',
      answer(404, 'No such container: abc'),
      'container-removed',
      'removed by somebody else',
      'Leave containers',
    ],
  ]);
});

describe('of an image', () => {
  each({ doing: 'pull' }, [
    [
      'no network',
      answer(500, 'Get "https://ghcr.io/v2/": dial tcp: lookup ghcr.io on 10.0.0.1:53: no such host', null),
      'registry-unreachable',
      'cannot reach ghcr.io',
      'docker load',
    ],
    [
      'a registry that is down',
      answer(
        500,
        'Get "http://127.0.0.1:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused',
        null,
      ),
      'registry-unreachable',
      'connection refused',
      'docker info',
    ],
    [
      'a registry that is slow',
      answer(
        500,
        'Get "https://ghcr.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
        null,
      ),
      'registry-unreachable',
      'Client.Timeout',
      'network',
    ],
    [
      'a missing tag',
      answer(404, 'manifest for ghcr.io/o/engine:1 not found: manifest unknown: manifest unknown', null),
      'image-missing',
      'ghcr.io has no image ghcr.io/o/engine:1',
      'option `image`',
    ],
    [
      'a missing tag of containerd',
      answer(404, 'failed to resolve reference "ghcr.io/o/engine:1": ghcr.io/o/engine:1: not found'),
      'image-missing',
      'has no image',
      'option `image`',
    ],
    [
      'an image that is private',
      answer(
        404,
        "pull access denied for o/engine, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
        null,
      ),
      'image-pull-denied',
      'it is private, or there is no such image',
      '`docker login ghcr.io`',
    ],
    [
      'no credentials',
      answer(
        500,
        'Head "https://ghcr.io/v2/o/engine/manifests/1": unauthorized: authentication required',
        null,
      ),
      'image-pull-denied',
      'unauthorized',
      '`docker login ghcr.io`',
    ],
    [
      'no basic credentials',
      answer(500, 'Get "http://127.0.0.1:5000/v2/x/manifests/1": no basic auth credentials', null),
      'image-pull-denied',
      'no basic auth credentials',
      'docker login',
    ],
    [
      'a token without the right',
      answer(500, 'Head "https://ghcr.io/v2/o/engine/manifests/1": denied', null),
      'image-pull-denied',
      'does not give the image',
      'docker login',
    ],
    [
      'an answer 403',
      answer(
        500,
        'unexpected status from HEAD request to https://ghcr.io/v2/o/engine/manifests/1: 403 Forbidden',
        null,
      ),
      'image-pull-denied',
      '403',
      'docker login',
    ],
    [
      'a limit on pulls',
      event(
        'toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating',
      ),
      'image-pull-denied',
      'no more images for now',
      'docker login',
    ],
    [
      'a registry without TLS',
      answer(500, 'Get "https://ghcr.io/v2/": http: server gave HTTP response to HTTPS client', null),
      'registry-unreachable',
      'speaks HTTP',
      '{"insecure-registries": ["ghcr.io"]}',
    ],
    [
      'a certificate that Docker does not know',
      answer(
        500,
        'Get "https://ghcr.io/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
        null,
      ),
      'registry-unreachable',
      'x509: certificate signed by unknown authority',
      '/etc/docker/certs.d/ghcr.io/ca.crt',
    ],
    [
      'a damaged layer',
      event('filesystem layer verification failed for digest sha256:ab'),
      'image-pull-failed',
      'incomplete or damaged',
      'docker pull ghcr.io/o/engine:1',
    ],
    [
      'a layer that was cut off',
      event('unexpected EOF'),
      'image-pull-failed',
      'unexpected EOF',
      'docker pull',
    ],
    [
      'a layer that cannot be unpacked',
      event(
        'failed to register layer: Error processing tar file(exit status 1): archive/tar: invalid tar header',
      ),
      'image-pull-failed',
      'damaged',
      'docker pull',
    ],
    [
      'a full disk',
      event('failed to register layer: write /usr/lib/x.so: no space left on device'),
      'no-space',
      'is full',
      'docker system prune',
    ],
    [
      'owners that a rootless engine does not have',
      event(
        'failed to register layer: potentially insufficient UIDs or GIDs available in user namespace (requested 0:42 for /etc/gshadow): lchown /etc/gshadow: invalid argument',
      ),
      'image-pull-failed',
      'rootless',
      '/etc/subuid',
    ],
    [
      'another architecture',
      event('no matching manifest for linux/arm64/v8 in the manifest list entries'),
      'image-missing',
      'linux/arm64/v8',
      'option `image`',
    ],
    [
      'an end in the middle',
      event('The pull exited before its end.'),
      'image-pull-failed',
      'incomplete',
      'docker pull',
    ],
    [
      'what nobody foresaw',
      event('the moon is full'),
      'image-pull-failed',
      'the moon is full',
      'docker pull ghcr.io/o/engine:1',
    ],
  ]);

  it('of Docker Hub is logged in for without a host', () => {
    const denied = answer(500, 'unauthorized: incorrect username or password');
    expect(causeOf(denied, { doing: 'pull', image: 'vllm/vllm-openai', address }).remedy).toContain(
      '`docker login`',
    );
  });

  each({ doing: 'create' }, [
    [
      'that is gone when the container is made',
      answer(404, 'No such image: ghcr.io/o/engine:1'),
      'image-missing',
      'is not on this machine',
      'docker pull ghcr.io/o/engine:1',
    ],
  ]);
});

describe('of GPUs', () => {
  const runc =
    "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error running prestart hook #0: exit status 1, stdout: , stderr: Auto-detected mode as 'legacy'\n";
  each({ doing: 'start' }, [
    [
      'no toolkit',
      answer(500, 'could not select device driver "nvidia" with capabilities: [[gpu]]'),
      'gpu-toolkit-missing',
      'nothing of NVIDIA set up',
      'nvidia-ctk runtime configure',
    ],
    [
      'no toolkit, driver unnamed',
      answer(500, 'could not select device driver "" with capabilities: [[gpu]]'),
      'gpu-toolkit-missing',
      'nothing of NVIDIA set up',
      'nvidia-ctk cdi generate',
    ],
    [
      'no vendor by CDI',
      answer(500, 'failed to discover GPU vendor from CDI: no known GPU vendor found'),
      'gpu-toolkit-missing',
      'nothing of NVIDIA',
      'nvidia-ctk',
    ],
    [
      'no list of devices',
      answer(500, 'CDI device injection failed: unresolvable CDI devices nvidia.com/gpu=all'),
      'gpu-toolkit-missing',
      'by CDI',
      'nvidia-ctk cdi generate',
    ],
    [
      'a device that is not in the list',
      answer(500, 'CDI device injection failed: unresolvable CDI devices nvidia.com/gpu=GPU-7'),
      'gpu-unknown',
      'nvidia.com/gpu=GPU-7',
      'nvidia-ctk cdi list',
    ],
    [
      'a list that does not fit',
      answer(
        500,
        'CDI device injection failed: failed to inject devices: failed to stat CDI host device "/dev/nvidia0": no such file or directory',
      ),
      'gpu-toolkit-missing',
      '/dev/nvidia0',
      'nvidia-ctk cdi generate',
    ],
    [
      'no driver',
      answer(
        500,
        `${runc}nvidia-container-cli: initialization error: nvml error: driver not loaded: unknown`,
      ),
      'gpu-driver',
      'driver of this machine does not work',
      'sudo modprobe nvidia',
    ],
    [
      'no library of the driver',
      answer(
        500,
        `${runc}nvidia-container-cli: initialization error: load library failed: libnvidia-ml.so.1: cannot open shared object file: no such file or directory: unknown`,
      ),
      'gpu-driver',
      'does not work',
      'nvidia-smi',
    ],
    [
      'two releases of the driver',
      answer(
        500,
        `${runc}nvidia-container-cli: initialization error: nvml error: driver/library version mismatch: unknown`,
      ),
      'gpu-driver',
      'the one before is still loaded',
      'Reboot',
    ],
    [
      'an old driver',
      answer(
        500,
        `${runc}nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.9, please update your driver to a newer version, or use an earlier cuda container: unknown`,
      ),
      'gpu-driver',
      'wants cuda>=12.9.',
      'Update the driver',
    ],
    [
      'an unknown GPU',
      answer(500, `${runc}nvidia-container-cli: device error: GPU-0a1b: unknown device: unknown`),
      'gpu-unknown',
      'no GPU GPU-0a1b',
      'nvidia-smi -L',
    ],
    [
      'a toolkit that is not whole',
      answer(
        500,
        'failed to create task for container: failed to start shim: start failed: exec: "nvidia-container-runtime": executable file not found in $PATH',
      ),
      'gpu-toolkit-missing',
      'not whole',
      'nvidia-ctk',
    ],
    [
      'other words of the toolkit',
      answer(
        500,
        `${runc}nvidia-container-cli: mount error: stat failed: /usr/bin/x: permission denied: unknown`,
      ),
      'gpu-driver',
      'mount error',
      'nvidia-container-cli info',
    ],
  ]);
  each({ doing: 'create' }, [
    [
      'a runtime that is not there',
      answer(400, 'unknown or invalid runtime name: nvidia'),
      'gpu-toolkit-missing',
      'nothing of NVIDIA',
      'nvidia-ctk runtime configure',
    ],
  ]);
});

describe('of a container', () => {
  const runc = 'OCI runtime create failed: container_linux.go:380: starting container process caused: ';
  each({ doing: 'create' }, [
    [
      'a name that is taken',
      answer(
        409,
        'Conflict. The container name "/llem-x" is already in use by container "0a". You have to remove (or rename) that container to be able to reuse that name.',
      ),
      'name-conflict',
      'named llem-x already',
      'docker rm -f llem-x',
    ],
    [
      'a name that is taken, of Podman 5.4',
      podman(
        500,
        'that name is already in use',
        'container create: creating container storage: the container name "llem-x" is already in use by 0a. You have to remove that container to be able to reuse that name: that name is already in use',
      ),
      'name-conflict',
      'named llem-x already',
      'docker rm -f llem-x',
    ],
    [
      'an image that is not here, of Podman 5.4',
      podman(404, 'image not known', 'no such image: docker.io/library/engine:1: image not known'),
      'image-missing',
      'is not on this machine',
      'docker pull',
    ],
    [
      'a place that two mounts have, of Podman 5.4',
      podman(500, 'duplicate mount destination', 'fill out specgen: /x: duplicate mount destination'),
      'mount-missing',
      'the same place in the container, /x.',
      '`mounts`',
    ],
    [
      'too little memory',
      answer(400, 'Minimum memory limit allowed is 6MB'),
      'container-start-failed',
      '6MB',
      '`memory_gib`',
    ],
    [
      'more processors than there are',
      answer(400, 'Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available'),
      'container-start-failed',
      '2.00',
      '`cpus`',
    ],
    [
      'a source of a mount that is not there',
      answer(400, 'invalid mount config for type "bind": bind source path does not exist: /models'),
      'mount-missing',
      '/models',
      '`mounts`',
    ],
    [
      'a target that is there twice',
      answer(400, 'Duplicate mount point: /models'),
      'mount-missing',
      '/models',
      '`mounts`',
    ],
    [
      'a folder that Desktop does not share',
      answer(500, 'Mounts denied: The path /opt/x is not shared from the host and is not known to Docker.'),
      'mount-missing',
      '/opt/x',
      'File sharing',
    ],
    [
      'a full disk',
      answer(500, 'mkdir /var/lib/docker/overlay2/0a-init: no space left on device'),
      'no-space',
      'is full',
      'docker system df',
    ],
    [
      'what nobody foresaw',
      answer(500, 'the moon is full'),
      'container-start-failed',
      'could not create the container: the moon is full',
      'journalctl',
    ],
  ]);
  each({ doing: 'start' }, [
    [
      'a port of another program',
      answer(
        500,
        'driver failed programming external connectivity on endpoint x (0a): Error starting userland proxy: listen tcp4 127.0.0.1:8000: bind: address already in use',
      ),
      'port-in-use',
      'Port 8000',
      'again',
    ],
    [
      'a port of another container',
      answer(
        500,
        'driver failed programming external connectivity on endpoint x (0a): Bind for 127.0.0.1:8000 failed: port is already allocated',
      ),
      'port-in-use',
      'Port 8000',
      'again',
    ],
    [
      'a program that the image lacks',
      answer(400, `${runc}exec: "vllm": executable file not found in $PATH: unknown`),
      'bad-entrypoint',
      'no program `vllm`',
      'option `image`',
    ],
    [
      'a path that the image lacks',
      answer(400, `${runc}exec: "/opt/x": stat /opt/x: no such file or directory: unknown`),
      'bad-entrypoint',
      '`/opt/x`',
      'option `image`',
    ],
    [
      'a program that may not be executed',
      answer(400, `${runc}exec: "/opt/x": permission denied: unknown`),
      'bad-entrypoint',
      'may not execute',
      '`user`',
    ],
    [
      'another architecture',
      answer(400, `${runc}exec user process caused: exec format error`),
      'bad-entrypoint',
      'other processors',
      'option `image`',
    ],
    [
      'no docker-init',
      answer(500, 'exec: "docker-init": executable file not found in $PATH'),
      'container-start-failed',
      'docker-init',
      'apt-get install',
    ],
    [
      'no catatonit, of Podman 4.3',
      answer(
        500,
        'container create: container-init binary not found on the host: stat /usr/libexec/podman/catatonit: no such file or directory',
      ),
      'container-start-failed',
      'catatonit',
      'apt-get install catatonit',
    ],
    [
      'a program that the image lacks, of Podman 5.4',
      podman(
        500,
        'OCI runtime attempted to invoke a command that was not found',
        'crun: executable file `vllm` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found',
      ),
      'bad-entrypoint',
      'no program `vllm`',
      'option `image`',
    ],
    [
      'a path that the image lacks, of Podman 5.8',
      podman(
        500,
        'OCI runtime attempted to invoke a command that was not found',
        'crun: executable file `/opt/x` not found: No such file or directory: OCI runtime attempted to invoke a command that was not found',
      ),
      'bad-entrypoint',
      'no program `/opt/x`',
      'option `image`',
    ],
    [
      'a program that may not be executed, of Podman 5.8',
      podman(
        500,
        'OCI permission denied',
        'crun: the path `/opt/x` exists but it is not executable: Operation not permitted: OCI permission denied',
      ),
      'bad-entrypoint',
      'has `/opt/x`, which the user of the container may not execute',
      '`user`',
    ],
    [
      'a folder in place of a program, of Podman 5.4',
      podman(
        500,
        'OCI permission denied',
        'crun: the path `/opt` is not a regular file: Operation not permitted: OCI permission denied',
      ),
      'bad-entrypoint',
      'has `/opt`, which the user of the container may not execute',
      '`user`',
    ],
    [
      'a port that is taken, of Podman 5.4',
      podman(
        500,
        'address already in use',
        'cannot listen on the TCP port: listen tcp4 127.0.0.1:8000: bind: address already in use',
      ),
      'port-in-use',
      'Port 8000',
      'again',
    ],
    [
      'a mount that does not fit, of Podman 5.8',
      podman(
        500,
        'OCI runtime error',
        'crun: mount `/models` to `etc/passwd`: Not a directory: OCI runtime error',
      ),
      'mount-missing',
      '/models cannot be mounted',
      '`mounts`',
    ],
    [
      'a mount that hides the users, of Podman 5.4',
      podman(500, 'is a directory', 'unable to find user 0: read /models: is a directory'),
      'container-start-failed',
      'unable to find user 0: read /models: is a directory',
      'journalctl',
    ],
    [
      'a GPU that CDI does not know, of Podman 5.4',
      podman(
        500,
        'unresolvable CDI devices nvidia.com/gpu=GPU-1',
        'setting up CDI devices: unresolvable CDI devices nvidia.com/gpu=GPU-1',
      ),
      'gpu-unknown',
      'does not know the device nvidia.com/gpu=GPU-1',
      'nvidia-ctk cdi generate',
    ],
    [
      'a container that is gone, of Podman 5.4',
      podman(404, 'no such container', 'no container with name or ID "0a" found: no such container'),
      'container-removed',
      'removed by somebody else',
      'llem-',
    ],
    [
      'a limit that a rootless engine may not lift',
      answer(
        500,
        'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error setting rlimits for ready process: error setting rlimit type 8: operation not permitted: unknown',
      ),
      'limit-unavailable',
      'may not set the limits of the container: error setting rlimit',
      '`ulimits`',
    ],
    [
      'a limit that crun may not lift',
      answer(500, 'crun: setrlimit `RLIMIT_NOFILE`: Operation not permitted: OCI permission denied'),
      'limit-unavailable',
      'RLIMIT_NOFILE',
      'ulimit -aH',
    ],
    [
      'a user that the image does not know',
      answer(500, 'unable to find user nobody1: no matching entries in passwd file'),
      'container-start-failed',
      'nobody1',
      '1000:1000',
    ],
    [
      'a mount that does not fit',
      answer(
        500,
        `${runc}process_linux.go:545: container init caused: rootfs_linux.go:76: mounting "/models" to rootfs at "/x" caused: mount through procfd: not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)?`,
      ),
      'mount-missing',
      '/models cannot be mounted',
      '`mounts`',
    ],
    [
      'a mount that does not fit, newer',
      answer(
        500,
        'failed to create task for container: OCI runtime create failed: error mounting "/models" to rootfs at "/x": mount src=/models: not a directory',
      ),
      'mount-missing',
      '/models cannot be mounted',
      '`mounts`',
    ],
    [
      'a memory limit that nothing starts in',
      answer(500, `${runc}container init was OOM-killed (memory limit too low?): unknown`),
      'out-of-memory',
      'too small',
      '`memory_gib`',
    ],
    [
      'a full disk',
      answer(500, 'error creating overlay mount to /x: no space left on device'),
      'no-space',
      'is full',
      'docker system prune',
    ],
  ]);
});

describe('whatever is thrown', () => {
  it.each([
    [undefined],
    [null],
    ['text'],
    [7],
    [{}],
    [new Error('')],
    [Object.assign(new Error('x'), { statusCode: 'y', json: Buffer.from('z') })],
  ])('has a class, a message and a remedy: %j', (error) => {
    for (const doing of ['reach', 'inspect', 'pull', 'create', 'start'] as const) {
      const { class: failureClass, message, remedy } = causeOf(error, { doing, address });
      expect([failureClass, message, remedy].every((part) => part.length > 3)).toBe(true);
    }
  });

  it('stays what it is where it is an error of llem', () => {
    const error = llemError('LLEM_E_START', 'a', { remedy: 'b', failureClass: 'c' });
    expect(dockerError(error, { doing: 'pull', address })).toBe(error);
    expect(causeOf(error, { doing: 'pull', address })).toEqual({ class: 'c', message: 'a', remedy: 'b' });
  });

  it('becomes an error of llem with its cause', () => {
    const cause = connection('EACCES');
    const error = dockerError(cause, { doing: 'reach', address });
    expect(isLlemError(error)).toBe(true);
    expect(error).toMatchObject({ code: 'LLEM_E_START', failureClass: 'docker-permission', cause });
  });

  it('is quoted from its end where it is long', () => {
    const { message } = causeOf(answer(500, `${'x'.repeat(9_000)} the end`), { doing: 'start', address });
    expect(message.length).toBeLessThan(900);
    expect(message).toMatch(/the end$/);
  });
});
