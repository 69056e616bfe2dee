/** What the load thread and the harness say to each other. Plain data. */
import type { Dialect, Endpoint, ModelFacts, PluginContext, PluginRef, Workload } from '@llem/core';
import type { LoadTrace } from '../trace.js';
import type { Mark } from './shared.js';

/** Everything that a load needs. */
export interface LoadPlan {
  readonly endpoint: Endpoint;
  readonly dialect: Dialect;
  readonly workload: Workload;
  readonly model: ModelFacts;
  readonly dataset: PluginRef;
  readonly context: PluginContext;
  readonly seed: number;
  /** Load threads; each takes its share of slots or arrivals. */
  readonly threads: number;
}

export type ToThread =
  | { readonly type: 'start'; readonly plan: LoadPlan; readonly memory: SharedArrayBuffer }
  /** The window is closed: end once the requests sent inside it have ended. */
  | { readonly type: 'finish' }
  /** End at once, with what there is. */
  | { readonly type: 'abort' };

export type FromThread =
  | { readonly type: 'marked'; readonly mark: Mark }
  | { readonly type: 'trace'; readonly trace: LoadTrace }
  | {
      readonly type: 'failed';
      readonly message: string;
      readonly remedy: string;
      readonly failureClass: string;
    };
