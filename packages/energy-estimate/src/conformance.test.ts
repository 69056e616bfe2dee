/** What llem relies on in every meter, with the processor time of this machine. */
import { describeMeter } from '@llem/testkit/conformance';

describeMeter(import.meta.url);
