/** What is said of each platform, and what is never shown. */
import { expect, it } from 'vitest';
import { withoutSecrets } from './command.mjs';
import { provenance } from './provenance.mjs';

it.each([
  ['a machine of one’s own', {}, false, 'only jobs of GitHub Actions and GitLab'],
  ['GitHub without the permission', { GITHUB_ACTIONS: 'true' }, false, 'id-token: write'],
  [
    'GitHub',
    { GITHUB_ACTIONS: 'true', ACTIONS_ID_TOKEN_REQUEST_URL: 'x', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'y' },
    true,
    'GitHub Actions',
  ],
  ['GitLab without the token', { GITLAB_CI: 'true' }, false, 'SIGSTORE_ID_TOKEN'],
  ['GitLab', { GITLAB_CI: 'true', SIGSTORE_ID_TOKEN: 'x' }, true, 'GitLab CI/CD'],
])('says of %s whether it signs, and what it lacks', (_, env, available, text) => {
  expect(provenance(env)).toEqual({ available, text: expect.stringContaining(text) });
});

it.each([
  ['//host/:_authToken=abc', '//host/:_authToken=***'],
  ['Authorization: Bearer abc.def-1', 'Authorization: Bearer ***'],
  ['http://user:word@host/', 'http://***@host/'],
  [`npm_${'a'.repeat(36)} is old`, '*** is old'],
  ['eyJhbGci.eyJzdWIi.x-y_z is old', '*** is old'],
  ['the value s3cr3t-value is wrong', 'the value *** is wrong'],
])('leaves the secret out of "%s"', (text, shown) => {
  expect(withoutSecrets(text, { NODE_AUTH_TOKEN: 's3cr3t-value', HOME: 'is wrong' })).toBe(shown);
});
