/** Words for failures of a network that a test cannot have. */
import { expect, it } from 'vitest';
import { connectionFailure } from './connection.js';

const failed = (code: string, message = 'why') =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });

it.each<[string, unknown, string, string]>([
  ['a name server that is away', failed('EAI_AGAIN'), 'server-unreachable', 'cannot be looked up'],
  ['no route', failed('EHOSTUNREACH'), 'server-unreachable', 'no way to host.example:8000 from here'],
  ['a firewall', failed('UND_ERR_CONNECT_TIMEOUT'), 'server-unreachable', 'does not answer within 5 s'],
  ['silence', new DOMException('late', 'TimeoutError'), 'server-unreachable', 'does not answer within 5 s'],
  ['a clock', failed('CERT_NOT_YET_VALID'), 'certificate-expired', 'not valid yet'],
  [
    'a certificate of ours that is asked for',
    failed('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'alert certificate required'),
    'tls-failed',
    'alert certificate required',
  ],
  ['what nobody knows', 'odd', 'server-unreachable', 'cannot be asked: odd.'],
])('%s', (_, error, expected, message) => {
  const cause = connectionFailure('https://host.example:8000/health', error, 5_000);
  expect(cause.class).toBe(expected);
  expect(cause.message).toContain(message);
  expect(cause.remedy).not.toBe('');
});
