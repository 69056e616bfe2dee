/** Why an image did not come, or is not here. */
import type { FailureCause } from '@llem/core';
import { hostOf } from '../../images/reference.js';
import { imageOf, quoted, type Doing, type Rule } from './rule.js';

const ASKING: readonly Doing['doing'][] = ['inspect', 'pull'];
const cause = (failureClass: string, message: string, remedy: string): FailureCause => ({
  class: failureClass,
  message,
  remedy,
});

const registryOf = ({ image }: Doing): string => hostOf(image ?? '') ?? 'its registry';
/** `docker login` without a host is for Docker Hub. */
const loginTo = (doing: Doing): string => {
  const registry = registryOf(doing);
  return registry === 'docker.io' ? '`docker login`' : `\`docker login ${registry}\``;
};

/** In the order in which they are to be tried: what one error says beside another comes after it. */
export const REGISTRY_RULES: readonly Rule[] = [
  {
    words: /no matching manifest for ([\w/]+)|does not match the specified platform/i,
    cause: ([, platform], doing) =>
      cause(
        'image-missing',
        `${imageOf(doing)} is not there for the processors of this machine${platform ? `, ${platform}` : ''}.`,
        'Name an image that is built for them in the option `image` of the runner.',
      ),
  },
  {
    words: /toomanyrequests|too many requests|rate limit/i,
    cause: (_, doing, told) =>
      cause(
        'image-pull-denied',
        `${registryOf(doing)} gives no more images for now. ${quoted(told)}`,
        `Log in, which allows more, ${loginTo(doing)}, or wait as long as it says.`,
      ),
  },
  {
    words:
      /pull access denied|unauthorized|authentication required|no basic auth credentials|requested access to the resource is denied|\bdenied:|: denied$|status(?: code)?:? 40[13]\b|40[13] (?:unauthorized|forbidden)/i,
    doing: ASKING,
    cause: (_, doing, told) =>
      cause(
        'image-pull-denied',
        `${registryOf(doing)} does not give ${imageOf(doing).replace('The', 'the')}: it is private, or there is no such image. ${quoted(told)}`,
        `Check its name, and log in: ${loginTo(doing)}.`,
      ),
  },
  {
    words:
      /manifest unknown|manifest for \S+ not found|name unknown|repository \S+ not found|\S+: not found\s*$/i,
    doing: ASKING,
    cause: (_, doing, told) =>
      cause(
        'image-missing',
        `${registryOf(doing)} has no image ${doing.image ?? ''}. ${quoted(told)}`,
        'Correct its name and tag in the option `image` of the runner.',
      ),
  },
  {
    words: /server gave HTTP response to HTTPS client/i,
    cause: (_, doing) =>
      cause(
        'registry-unreachable',
        `${registryOf(doing)} speaks HTTP, and Docker asks it by HTTPS.`,
        `If it is to be trusted, put {"insecure-registries": ["${registryOf(doing)}"]} into /etc/docker/daemon.json and restart Docker.`,
      ),
  },
  {
    words: /(?:x509|tls): .*/i,
    doing: ASKING,
    cause: ([words], doing) =>
      cause(
        'registry-unreachable',
        `Docker does not trust ${registryOf(doing)}: ${words}`,
        `Put the certificate of its authority into /etc/docker/certs.d/${registryOf(doing)}/ca.crt.`,
      ),
  },
  {
    words: /failed to register layer.*(?:lchown|insufficient UIDs|operation not permitted).*/i,
    cause: ([words], doing) =>
      cause(
        'image-pull-failed',
        `${imageOf(doing)} has owners that rootless Docker cannot give files to: ${words}`,
        'Give your user more ids in /etc/subuid and /etc/subgid, 65536 and more, and restart Docker.',
      ),
  },
  {
    words:
      /filesystem layer verification failed|failed to register layer|unexpected EOF|invalid checksum|digest mismatch|digest did not match|unexpected commit digest|invalid tar header|archive\/tar|failed size validation|short read|unexpected media type|exited before its end/i,
    doing: ['pull'],
    cause: (_, doing, told) =>
      cause(
        'image-pull-failed',
        `${imageOf(doing)} arrived incomplete or damaged. ${quoted(told)}`,
        `Try again: \`docker pull ${doing.image ?? ''}\`. If it fails again, it is damaged in ${registryOf(doing)}: push it again.`,
      ),
  },
  {
    words:
      /no such host|i\/o timeout|connection refused|connection reset|network is unreachable|no route to host|TLS handshake timeout|Client\.Timeout|deadline exceeded|proxyconnect|server misbehaving|request canceled|50[0234] (?:Internal|Bad|Service|Gateway)/i,
    doing: ASKING,
    cause: (_, doing, told) =>
      cause(
        'registry-unreachable',
        `Docker cannot reach ${registryOf(doing)} for ${imageOf(doing).replace('The', 'the')}. ${quoted(told)}`,
        `Check the network and Docker's proxy (\`docker info\`), or bring the image by \`docker load\` and set \`pull: never\`.`,
      ),
  },
  {
    words: /no such image|image not known|No such container: \S+:/i,
    cause: (_, doing) =>
      cause(
        'image-missing',
        `${imageOf(doing)} is not on this machine.`,
        `Bring it: \`docker pull ${doing.image ?? ''}\`, or set \`pull: missing\` in the options of the runner.`,
      ),
  },
  {
    words: /invalid reference format|repository name must be lowercase/i,
    cause: (_, doing) =>
      cause(
        'image-missing',
        `"${doing.image ?? ''}" is no name of an image.`,
        'Give it as in `vllm/vllm-openai:v0.11.0` in the option `image` of the runner.',
      ),
  },
];
