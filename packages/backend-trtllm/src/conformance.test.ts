import { createModelFolder } from '@llem/testkit';
import { describeBackend } from '@llem/testkit/conformance';
import { afterAll } from 'vitest';

const model = createModelFolder();
afterAll(() => model.remove());

describeBackend(import.meta.url, { model: model.path, server: 'trtllm' });
