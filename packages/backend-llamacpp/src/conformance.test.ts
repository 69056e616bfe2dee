import { describeBackend } from '@llem/testkit/conformance';

describeBackend(import.meta.url, { model: 'llem/tiny-1m', server: 'llamacpp' });
describeBackend(import.meta.url, {
  options: { executable: 'llama-server' },
  model: 'llem/tiny-1m',
  server: 'llamacpp',
});
