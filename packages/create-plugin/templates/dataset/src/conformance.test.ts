/** What llem will ask of this plugin, asked of what was built. */
import { describeDataset } from '@llem/testkit/conformance';

describeDataset(import.meta.url);
