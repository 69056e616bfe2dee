/** What llem will ask of this plugin, asked of what was built. */
import { describeRunner } from '@llem/testkit/conformance';

describeRunner(import.meta.url);
