/** What llem will ask of this plugin, asked of what was built. */
import { describeBackend } from '@llem/testkit/conformance';

describeBackend(import.meta.url);
