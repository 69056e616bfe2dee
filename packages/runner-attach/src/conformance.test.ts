/** What llem relies on in every runner. */
import { describeRunner } from '@llem/testkit/conformance';
import { afterAll, beforeAll, vi } from 'vitest';

const TOKEN = 'LLEM_CONFORMANCE_ATTACH_TOKEN';
beforeAll(() => {
  vi.stubEnv(TOKEN, 'a-token');
});
afterAll(() => {
  vi.unstubAllEnvs();
});

describeRunner(import.meta.url, { options: (url) => ({ url, token_env: TOKEN }) });
