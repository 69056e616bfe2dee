/** Checks of what an engine needs, wherever it is to run. */
import type { ServicePlace } from '@llem/core';
import { demandNames, findingsOf } from '../checks.js';
import { shortened } from '../package/plain.js';
import { demand, type Rule } from '../rule.js';
import type { BackendSubject } from './subject.js';

const PLACES: readonly ServicePlace[] = ['process', 'container', 'elsewhere'];

export const CHECK_RULES: readonly Rule<BackendSubject>[] = [
  {
    id: 'backend.checks',
    title:
      '`checks` of every place have ids of their own, end in time, and find something or nothing without throwing',
    check: async ({ backend }) => {
      for (const place of PLACES) {
        const checks = backend.checks(place);
        demandNames(checks);
        await findingsOf(checks);
      }
    },
  },
  {
    id: 'backend.computes-on',
    title: '`computesOn` is cpu or gpu',
    check: ({ backend }) => {
      demand(
        ['cpu', 'gpu'].includes(backend.computesOn),
        `\`computesOn\` is ${shortened(backend.computesOn)}. It decides whether GPUs are billed: say cpu or gpu.`,
      );
      return Promise.resolve();
    },
  },
];
