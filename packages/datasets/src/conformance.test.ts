import { describeDataset } from '@llem/testkit/conformance';

describeDataset(import.meta.url, { id: 'synthetic' });
