/** Why there is no answer from a server, for people: name, network, certificate, or another protocol. */
import type { FailureCause } from '@llem/core';

/** Of OpenSSL, as Node.js names them: nobody that is trusted has signed the certificate. */
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
]);
/** What TLS makes of an answer that is none of TLS. */
const NOT_TLS = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_UNKNOWN_PROTOCOL',
  'ERR_SSL_HTTP_REQUEST',
]);
const NO_ROUTE = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL']);
const LATE = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT']);
const CUT = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Total: whatever `fetch` of this address threw. `limitMs` is what it was given. */
export function connectionFailure(url: string, error: unknown, limitMs: number): FailureCause {
  const { protocol, host, hostname } = new URL(url);
  const secure = protocol === 'https:';
  const code = codeOf(error);
  const why = detailOf(error);
  const unreachable = (message: string, remedy: string) => failure('server-unreachable', message, remedy);

  if (UNTRUSTED.has(code))
    return failure(
      'certificate-untrusted',
      `The certificate of ${host} is signed by nobody that is trusted here (${code}).`,
      'Where it is the right server, put the certificate of its authority, or its own, into a file and start llem with NODE_EXTRA_CA_CERTS=<file>.',
    );
  if (code === 'CERT_HAS_EXPIRED')
    return failure(
      'certificate-expired',
      `The certificate of ${host} has expired.`,
      'Have the server given a new one, and see that the clock of this machine is right.',
    );
  if (code === 'CERT_NOT_YET_VALID')
    return failure(
      'certificate-expired',
      `The certificate of ${host} is not valid yet.`,
      'See that the clocks of this machine and of the server are right.',
    );
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return failure(
      'certificate-host',
      `The certificate that comes from ${host} is for another host: ${why}.`,
      'Write the name that the certificate has, or have the server given one for this name.',
    );
  if (NOT_TLS.has(code))
    return failure(
      'wrong-scheme',
      `${host} does not speak https (${code}).`,
      `Write http://${host} if it is meant to be asked so.`,
    );
  if (/^(ERR_SSL|ERR_TLS|EPROTO|CERT_)/.test(code))
    return failure(
      'tls-failed',
      `No secure connection to ${host} comes about: ${why} (${code}).`,
      'See what the server, or the gateway before it, asks for; client certificates are not supported.',
    );
  if (code === 'ENOTFOUND')
    return failure(
      'unknown-host',
      `There is no host ${hostname} (${code}).`,
      'Correct the address, or see which names this machine knows.',
    );
  if (code === 'EAI_AGAIN')
    return unreachable(
      `The address of ${hostname} cannot be looked up (${code}).`,
      'See that this machine has a network and a name server.',
    );
  if (code === 'ECONNREFUSED')
    return unreachable(
      `Nothing listens at ${host} (${code}).`,
      'Start the server, and see that it listens on this address and port and not on its own loopback alone.',
    );
  if (NO_ROUTE.has(code))
    return unreachable(`There is no way to ${host} from here (${code}).`, 'Look at network and firewall.');
  if (LATE.has(code) || isTimeout(error))
    return unreachable(
      `${host} does not answer within ${limitMs / 1_000} s.`,
      'See whether the server is up and answers, and whether a firewall swallows what is sent to it.',
    );
  if (CUT.has(code))
    return unreachable(
      `${host} closes the connection without an answer (${code}).`,
      secure ? 'Read the log of the server.' : `Write https://${host} if it speaks that; else read its log.`,
    );
  if (isNoHttp(error))
    return failure(
      'no-http',
      `What ${host} answers is no HTTP: ${why}.`,
      secure ? 'Correct the address.' : `Write https://${host} if it speaks that, or correct the address.`,
    );
  return unreachable(`${host} cannot be asked: ${why}.`, 'Correct the address, and look at the network.');
}

const failure = (name: string, message: string, remedy: string): FailureCause => ({
  class: name,
  message,
  remedy,
});

/** `fetch` says "fetch failed", and what did so below; empty where nothing has a code. */
function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return '';
}

function detailOf(error: unknown): string {
  let detail = error instanceof Error ? error.message : String(error);
  for (let at: unknown = error; at instanceof Error; at = at.cause) detail = at.message || detail;
  return detail.replace(/\.$/, '');
}

/** Its parser may fail without a code of why, as it does in Node.js 24. */
function isNoHttp(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if (at.name === 'HTTPParserError') return true;
  return false;
}

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';
