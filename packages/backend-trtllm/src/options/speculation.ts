/** `speculative_config`: tokens that are guessed and then checked together. */
import type { OptionTable } from '@llem/serving';
import { z } from 'zod';
import { flag, mappingOf, positive, share, text, whole } from './values.js';

const group = 'Speculative decoding';

export const SPECULATION = {
  max_draft_len: {
    schema: whole,
    group,
    about:
      'Tokens guessed in each step. More pay where many are accepted and few requests are in flight; what is refused was computed for nothing. MTP goes by num_nextn_predict_layers in releases before 1.2.',
  },
  speculative_model: {
    schema: text,
    group,
    versions: '>=1.2',
    about: 'Path or name of the model that guesses: Draft_Target, Eagle3, PARD, DFlash.',
  },
  speculative_model_dir: {
    schema: text,
    group,
    versions: '<1.3',
    about: 'The name of speculative_model in earlier releases.',
  },
  max_total_draft_tokens: {
    schema: positive,
    group,
    versions: '>=1.2',
    about: 'Tokens guessed in all branches of a tree. Default: max_draft_len, no tree.',
  },
  max_concurrency: {
    schema: positive,
    group,
    about:
      'With more requests than this in a step nothing is guessed: full steps gain nothing by it. Default: no limit.',
  },
  draft_len_schedule: {
    schema: z.record(z.string().regex(/^\d+$/, 'expected a number of requests'), whole),
    group,
    versions: '>=1.3',
    about:
      'max_draft_len by requests in a step, such as { 4: 4, 16: 2 }. Turns cuda_graph_config.enable_padding on. Default: none.',
  },
  acceptance_rate_threshold: {
    schema: share,
    group,
    versions: '>=1.3',
    about: 'Guessing ends for good where less than this share is accepted. Default: never.',
  },
  acceptance_rate_window_size: {
    schema: whole,
    group,
    versions: '>=1.3',
    about: 'Requests that acceptance_rate_threshold looks at. Default: none.',
  },
  eagle3_one_model: {
    schema: flag,
    group,
    about: 'Runs the guessing layers of Eagle3 inside the model, which is faster. Default: true.',
  },
  use_dynamic_tree: {
    schema: flag,
    group,
    about: 'Lets Eagle guess a tree whose shape follows its confidence. Default: false.',
  },
  dynamic_tree_max_topK: {
    schema: positive,
    group,
    about: 'Branches of each node of that tree. Default: none.',
  },
  num_nextn_predict_layers: {
    schema: positive,
    group,
    about: "Layers of the model's own that guess, of MTP: so many tokens in each step. Default: 1.",
  },
  use_relaxed_acceptance_for_thinking: {
    schema: flag,
    group,
    about:
      'MTP accepts less likely tokens in the reasoning of an answer: more are accepted, and answers change. Default: false.',
  },
  relaxed_topk: {
    schema: positive,
    group,
    about: 'Most likely tokens that are acceptable then. Default: 1.',
  },
  relaxed_delta: {
    schema: z.number().min(0),
    group,
    about: 'How much less likely than the best they may be. Default: 0.',
  },
  max_matching_ngram_size: {
    schema: positive,
    group,
    about: 'Longest piece of text that NGram looks for in what was said. Default: 2 (4 in earlier releases).',
  },
  is_keep_all: {
    schema: flag,
    group,
    about: 'NGram keeps every continuation of a piece, not the last alone. Default: true.',
  },
  is_use_oldest: {
    schema: flag,
    group,
    about: 'NGram guesses the oldest continuation. Default: true.',
  },
  is_public_pool: {
    schema: flag,
    group,
    about: 'NGram guesses from all requests: what one has said helps another. Default: true.',
  },
  max_window_size: {
    schema: positive,
    group,
    about: 'Window of Lookahead, of the backend `tensorrt`. Default: 4.',
  },
  max_ngram_size: {
    schema: positive,
    group,
    about: 'Pieces of Lookahead. Default: 3.',
  },
  max_verification_set_size: {
    schema: positive,
    group,
    about: 'Guesses that Lookahead checks in a step. Default: 4.',
  },
} as const satisfies OptionTable;

export const SPECULATIVE_DECODING = {
  speculative_config: {
    schema: mappingOf(SPECULATION).extend({
      decoding_type: z
        .enum([
          'Draft_Target',
          'Eagle',
          'Eagle3',
          'MTP',
          'NGram',
          'PARD',
          'DFlash',
          'SA',
          'Lookahead',
          'Medusa',
          'AUTO',
        ])
        .describe(
          "How tokens are guessed: by a small model, by layers trained for it, by the model's own further layers (MTP), or from what was said before (NGram, SA). PARD, DFlash and SA since 1.3; Lookahead and Medusa of the backend `tensorrt` alone.",
        ),
    }),
    flag: null,
    group,
    about: 'Guesses tokens and checks them together: fewer steps, more work in each. Default: none.',
  },
} as const satisfies OptionTable;
