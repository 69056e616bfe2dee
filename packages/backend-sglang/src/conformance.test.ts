import { describeBackend } from '@llem/testkit/conformance';

describeBackend(import.meta.url, { server: 'sglang' });
