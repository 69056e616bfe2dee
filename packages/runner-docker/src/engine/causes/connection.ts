/** Why the engine cannot be spoken to, or no longer. */
import type { FailureCause } from '@llem/core';
import { placeOf } from '../address.js';
import { daemonOf } from '../daemon.js';
import type { Doing, Rule, Told } from './rule.js';

/** Errors of TLS are named by OpenSSL or by Node.js; there is no list, but these beginnings. */
const TLS_CODE = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO)/;

/** Of an error without an answer; null where it is none of a connection. */
export function connectionCause(told: Told, doing: Doing): FailureCause | null {
  if (told.status !== null || told.code === null) return null;
  const place = placeOf(doing.address);
  const unreachable = (message: string, remedy: string) => ({ class: 'docker-unreachable', message, remedy });
  if (TLS_CODE.test(told.code)) {
    return unreachable(
      `The Docker engine at ${place} cannot be spoken to over TLS: ${told.words}.`,
      'Give the files of its certificate authority in DOCKER_CERT_PATH, or use its socket: `unset DOCKER_HOST`.',
    );
  }
  switch (told.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return unreachable(`No Docker engine is at ${place}: there is no such socket.`, startEngine(doing));
    case 'ECONNREFUSED':
      return unreachable(`No Docker engine answers at ${place}: nothing listens there.`, startEngine(doing));
    case 'EACCES':
    case 'EPERM':
      return {
        class: 'docker-permission',
        message: `You may not use the Docker engine at ${place}: permission denied.`,
        remedy:
          'Join its group, `sudo usermod -aG docker $USER`, and log in again; or use rootless Docker: https://docs.docker.com/engine/security/rootless.',
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return unreachable(`The host of the Docker engine at ${place} is not known.`, renameEngine(doing));
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return unreachable(
        `The Docker engine at ${place} cannot be reached: ${told.code}.`,
        renameEngine(doing),
      );
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ERR_STREAM_PREMATURE_CLOSE':
    case 'ERR_STREAM_DESTROYED':
      return doing.doing === 'reach'
        ? unreachable(`What listens at ${place} ends the connection without an answer.`, startEngine(doing))
        : gone(doing);
    default:
      return told.code.startsWith('HPE_')
        ? unreachable(`What listens at ${place} is no Docker engine.`, renameEngine(doing))
        : null;
  }
}

/** What something answers that is no engine for llem. */
export const CONNECTION_RULES: readonly Rule[] = [
  {
    words: /HTTP request to an HTTPS server/i,
    cause: (_, { address }) => ({
      class: 'docker-unreachable',
      message: `The Docker engine at ${placeOf(address)} wants TLS.`,
      remedy:
        'Set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, the folder of ca.pem, cert.pem and key.pem, or use its socket: `unset DOCKER_HOST`.',
    }),
  },
  {
    words: /client (?:version|API version) \S+ is too (?:new|old).*/i,
    statuses: [400],
    cause: ([words], { address }) => ({
      class: 'docker-too-old',
      message: `The Docker engine at ${placeOf(address)} and llem have no API in common: ${words}.`,
      remedy: 'Update Docker: https://docs.docker.com/engine/install.',
    }),
  },
];

const gone = ({ address }: Doing): FailureCause => ({
  class: 'docker-gone',
  message: `The connection to the Docker engine at ${placeOf(address)} was lost.`,
  remedy: `See why it ended, ${daemonOf(address).log}, and start it again: ${daemonOf(address).start}.`,
});

function startEngine({ address }: Doing): string {
  const elsewhere = address.from === 'default' ? '' : `, or do without ${address.from}`;
  return `Start it, ${daemonOf(address).start}${elsewhere}; to install it: https://docs.docker.com/engine/install.`;
}

const renameEngine = ({ address }: Doing): string =>
  `Correct ${address.from}, or name the engine of this machine: \`export DOCKER_HOST=unix:///var/run/docker.sock\`.`;
