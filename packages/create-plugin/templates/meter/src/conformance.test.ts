/** What llem will ask of this plugin, asked of what was built. */
import { describeMeter } from '@llem/testkit/conformance';

describeMeter(import.meta.url);
