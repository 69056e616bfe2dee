/** What the harness relies on of a backend. */
import type { Backend } from '@llem/core';
import { shortened } from '../package/plain.js';
import type { PluginSubject } from '../package/subject.js';
import { demand, type Rule } from '../rule.js';

/** A backend, made from the options given for it. */
export interface BackendSubject extends PluginSubject<'backend'> {
  readonly backend: Backend;
}

export const BACKEND_RULES: readonly Rule<BackendSubject>[] = [
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
