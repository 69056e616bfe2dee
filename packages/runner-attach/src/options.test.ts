/** What is taken for the address of a server, and what is refused without being repeated. */
import { expect, it } from 'vitest';
import { options } from './runner.js';

it.each([
  ['http://10.0.0.7:8000', 'http://10.0.0.7:8000'],
  ['HTTPS://Host.Example/llm//', 'https://host.example/llm'],
  ['http://[::1]:8000/', 'http://[::1]:8000'],
])('an address keeps its path and loses the slashes at its end: %s', (url, expected) => {
  const parsed = options.parse({ url });
  expect(parsed).toEqual({ ok: true, value: { url: expected } });
  expect(parsed.ok && options.parse(parsed.value)).toEqual(parsed);
});

it.each([
  [{ url: 'file:///etc' }, /^expected an address such as http/],
  [{ url: 'host:8000' }, /^expected an address such as http/],
  [{ url: 'http://me:s3cret@host' }, /token_env$/],
  [{ url: 'http://s3cret@host' }, /token_env$/],
  [{ url: 'http://host/?key=s3cret' }, /has a "\?"/],
  [{ url: 'http://host:8000/v1/' }, /ends in \/v1/],
  [{ url: 'http://host', token_env: 'sk-s3cret' }, /name of an environment variable/],
  [{ url: 'http://host', token: 's3cret' }, /unknown key/],
  [{}, /^expected an address/],
])('%j is refused', (settings, message) => {
  const parsed = options.parse(settings);
  const told = parsed.ok ? [] : parsed.issues.map((issue) => issue.message);
  expect(told).toHaveLength(1);
  expect(told.join()).toMatch(message);
  expect(told.join()).not.toContain('s3cret');
});
