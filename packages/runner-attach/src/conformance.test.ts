/** What llem relies on in every runner. */
import { describeRunner } from '@llem/testkit/conformance';

describeRunner(import.meta.url, { options: (url) => ({ url }) });
