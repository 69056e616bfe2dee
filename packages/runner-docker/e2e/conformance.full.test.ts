/** What llem relies on in every runner, on a real engine. */
import { describeRunner } from '@llem/testkit/conformance';
import { whyNoDocker } from '@llem/testkit/docker';
import { afterAll, beforeAll, describe } from 'vitest';
import { containersOf, IMAGE, openLab, type Lab } from './engine.fixture.js';

const refused = whyNoDocker();
let lab: Lab;

describe.skipIf(refused !== null)(`on an engine${refused === null ? '' : ` (left out: ${refused})`}`, () => {
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab.close());

  describeRunner(import.meta.url, { container: { image: IMAGE, list: () => containersOf(lab.daemon) } });
});
