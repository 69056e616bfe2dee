/** The ways in which a hostile server answers, each with the class of failure that a client should record. */

/** `failure` is the natural name; null where a client should get its answer all the same. */
export const HOSTILE_KINDS = {
  'endless-header': { what: 'one header line that never ends', failure: 'header-too-large' },
  'many-headers': { what: 'header lines for ever', failure: 'header-too-large' },
  'fin-mid-header': { what: 'the connection ends in the middle of the head', failure: 'closed' },
  'silence-before-headers': { what: 'nothing is ever answered', failure: 'timeout' },
  'silence-after-headers': { what: 'the head, then nothing', failure: 'timeout' },
  'endless-1xx': { what: '100 Continue for ever', failure: 'malformed-http' },
  'huge-chunk-announced': { what: 'an HTTP chunk of 1 GB is announced, then nothing', failure: 'timeout' },
  'huge-chunk-sent': { what: 'an HTTP chunk of 1 GB of one event comes', failure: 'event-too-large' },
  'chunk-size-negative': { what: 'an HTTP chunk of -1 bytes', failure: 'malformed-http' },
  'chunk-size-overflow': { what: 'an HTTP chunk of 2^84 bytes and some', failure: 'malformed-http' },
  'chunk-size-garbage': { what: 'an HTTP chunk whose size is no number', failure: 'malformed-http' },
  'endless-chunk-size': { what: 'a line with a chunk size that never ends', failure: 'malformed-http' },
  'endless-event': { what: 'a data: line that never ends', failure: 'event-too-large' },
  'endless-stream': { what: 'tokens for ever, whatever was asked for', failure: 'too-many-tokens' },
  'endless-comments': { what: 'comments for ever and no token', failure: 'timeout' },
  'bad-utf8': {
    what: 'bytes that are no UTF-8 in the text of one token, in an answer that is else whole',
    failure: null,
  },
  'nul-bytes': { what: 'NUL bytes in and between events', failure: 'malformed-stream' },
  'deep-json': { what: 'an event of arrays in arrays, 100,000 deep', failure: 'malformed-stream' },
  'no-json': { what: 'an event that is no JSON', failure: 'malformed-stream' },
  'error-event': {
    what: 'two tokens, then an event with an error and the end of the stream',
    failure: 'server-error',
  },
  'error-then-done': { what: 'two tokens, an event with an error, then [DONE]', failure: 'server-error' },
  gzip: { what: 'a whole answer in gzip that nobody asked for', failure: 'unexpected-encoding' },
  html: { what: '200 with a page of HTML', failure: 'unexpected-content-type' },
  'no-content': { what: '204 without a body', failure: 'http-204' },
  redirect: { what: '302 to the same address', failure: 'http-302' },
  'two-responses': { what: 'two whole answers to each request', failure: null },
  'http-1.0': { what: 'a whole answer in HTTP/1.0, until the connection closes', failure: null },
  'closed-as-reused': {
    what: 'a whole answer with keep-alive; the second request on a connection finds it closed',
    failure: 'closed',
  },
  'content-length-short': {
    what: 'a content-length of 10 bytes less than the body',
    failure: 'malformed-stream',
  },
  'content-length-long': {
    what: 'a content-length of 10 bytes more than the body, then the end',
    failure: 'closed',
  },
  'content-length-twice': { what: 'two content-lengths that differ', failure: 'malformed-http' },
  'reset-at-byte': {
    what: 'a whole answer, but the connection is reset (RST) after byte `atByte`',
    failure: 'reset',
  },
} as const satisfies Readonly<Record<string, { readonly what: string; readonly failure: string | null }>>;

export type HostileKind = keyof typeof HOSTILE_KINDS;
