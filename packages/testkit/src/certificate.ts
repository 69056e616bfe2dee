/** A key and a self-signed certificate for this machine, made anew for each test: no secret lies in the repository. */
import { generateKeyPairSync, sign } from 'node:crypto';

export interface KeyPair {
  /** PEM. */
  readonly key: string;
  /** PEM; for `localhost` and 127.0.0.1, valid from yesterday for some decades. */
  readonly cert: string;
}

/** Tags of ASN.1 in DER (X.690). */
const TAG = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;
const OID = {
  commonName: '550403',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
  ecdsaWithSha256: '2a8648ce3d040302',
} as const;

/** What is wrong with a certificate, on purpose. */
export interface CertificateFaults {
  /** Valid until yesterday. */
  readonly expired?: boolean;
  /** The one name that it is for, in place of this machine. */
  readonly host?: string;
}

/** RFC 5280: a certificate of version 3 on the curve P-256, its own authority. */
export function selfSignedPair({ expired = false, host }: CertificateFaults = {}): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(TAG.sequence, oid(OID.ecdsaWithSha256));
  const name = der(
    TAG.sequence,
    der(TAG.set, der(TAG.sequence, oid(OID.commonName), der(TAG.utf8, Buffer.from(host ?? 'localhost')))),
  );
  const daysAgo = (days: number) =>
    new Date(Date.now() - days * 86_400_000).toISOString().replace(/[-:T]|\.\d+/g, '');
  const validity = der(
    TAG.sequence,
    der(TAG.time, Buffer.from(daysAgo(expired ? 2 : 1))),
    der(TAG.time, Buffer.from(expired ? daysAgo(1) : '20991231000000Z')),
  );
  const names = der(
    TAG.sequence,
    der(0x82, Buffer.from(host ?? 'localhost')),
    ...(host === undefined ? [der(0x87, Buffer.from([127, 0, 0, 1]))] : []),
  );
  const authority = der(TAG.sequence, der(0x01, Buffer.from([0xff])));
  const extensions = der(
    0xa3,
    der(
      TAG.sequence,
      der(TAG.sequence, oid(OID.subjectAltName), der(TAG.octets, names)),
      der(TAG.sequence, oid(OID.basicConstraints), der(TAG.octets, authority)),
    ),
  );
  const facts = der(
    TAG.sequence,
    der(0xa0, der(TAG.integer, Buffer.from([2]))),
    der(TAG.integer, Buffer.from([1])),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions,
  );
  const signature = der(TAG.bits, Buffer.from([0]), sign('sha256', facts, privateKey));
  const certificate = der(TAG.sequence, facts, algorithm, signature);
  const lines = certificate.toString('base64').replace(/.{1,64}/g, '$&\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`,
  };
}

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const oid = (hex: string) => der(TAG.oid, Buffer.from(hex, 'hex'));
