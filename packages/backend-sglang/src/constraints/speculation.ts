/** Speculative decoding (handle_speculative_decoding and check_server_args of 0.5.10 to 0.5.23). */
import type { Violation } from '@llem/core';
import { SPECULATION_OPTIONS } from '../options/speculation.js';
import type { SglangOptions } from '../options.js';
import { sizesOf } from './parallelism.js';
import { violation, type Known, type Rule } from './rule.js';

type Algorithm = NonNullable<SglangOptions['speculative_algorithm']>;

/** Algorithms that guess with a model of its own. The others may use layers that come with the model. */
const NEEDS_DRAFTER: readonly Algorithm[] = ['EAGLE3', 'STANDALONE', 'DFLASH'];
const EAGLE: readonly Algorithm[] = ['EAGLE', 'EAGLE3', 'NEXTN', 'STANDALONE'];
/** Cannot share out attention by requests. */
const WHOLE_ATTENTION: readonly Algorithm[] = ['NGRAM', 'STANDALONE'];

export const drafter: Rule = ({ options }) => {
  const { speculative_algorithm: algorithm, speculative_draft_model_path: path } = options;
  if (algorithm === undefined) return withoutAlgorithm(options);
  const found: Violation[] = [];
  if (NEEDS_DRAFTER.includes(algorithm) && path === undefined) {
    found.push(
      violation('speculative_draft_model_path', `${algorithm} guesses with a model of its own: name it`),
    );
  }
  if (algorithm === 'NGRAM' && path !== undefined) {
    found.push(violation('speculative_draft_model_path', 'NGRAM guesses without a model: leave it out'));
  }
  if (algorithm !== 'NGRAM') {
    for (const name of namesWith('speculative_ngram_')) {
      if (options[name] === undefined) continue;
      found.push(violation(name, `is for NGRAM, and ${algorithm} is asked for: leave it out`));
    }
  }
  return found;
};

const namesWith = (prefix: string) => optionNames.filter((name) => name.startsWith(prefix));

const optionNames = Object.keys(SPECULATION_OPTIONS).filter(isOption);

function isOption(name: string): name is keyof typeof SPECULATION_OPTIONS {
  return name in SPECULATION_OPTIONS;
}

function withoutAlgorithm(options: SglangOptions): Violation[] {
  return optionNames
    .filter((name) => options[name] !== undefined && options[name] !== false)
    .map((name) =>
      violation(
        name,
        'has no effect without sglang.speculative_algorithm: set that as well, or leave it out',
      ),
    );
}

export const lengthOfDrafts: Rule = ({ options }) => {
  const {
    speculative_algorithm: algorithm,
    speculative_num_steps: steps,
    speculative_eagle_topk: topk,
    speculative_num_draft_tokens: tokens,
  } = options;
  if (algorithm === undefined || !EAGLE.includes(algorithm)) return [];
  const set = [steps, topk, tokens].filter((value) => value !== undefined).length;
  if (steps === undefined && set > 0 && options.speculative_adaptive !== true) {
    return [
      violation(
        'speculative_num_steps',
        'goes with speculative_eagle_topk and speculative_num_draft_tokens: set it as well, or leave all three out',
      ),
    ];
  }
  if (steps !== undefined && (topk === undefined || (topk > 1 && tokens === undefined))) {
    const missing = topk === undefined ? 'speculative_eagle_topk' : 'speculative_num_draft_tokens';
    return [violation(missing, 'goes with speculative_num_steps: set it as well, or leave all three out')];
  }
  if (topk === 1 && steps !== undefined && tokens !== undefined && tokens !== steps + 1) {
    return [
      violation(
        'speculative_num_draft_tokens',
        `with speculative_eagle_topk 1 SGLang checks speculative_num_steps + 1 tokens, ${steps + 1}, whatever is asked: use ${steps + 1}`,
      ),
    ];
  }
  return [];
};

export const goesWithDrafts: Rule = (known) => {
  const { options } = known;
  const { speculative_algorithm: algorithm } = options;
  if (algorithm === undefined) return [];
  const found: Violation[] = [];
  const refuse = (option: keyof SglangOptions, message: string) => found.push(violation(option, message));
  if (options.enable_mixed_chunk === true) {
    refuse(
      'enable_mixed_chunk',
      'does not go with sglang.speculative_algorithm, which most releases refuse and others run without: leave one of the two out',
    );
  }
  if (usesAdapters(known) && algorithm !== 'NGRAM') {
    refuse(
      options.lora_paths === undefined ? 'enable_lora' : 'lora_paths',
      `adapters do not go with ${algorithm}: use NGRAM, or leave one of the two out`,
    );
  }
  if (sizesOf(options).groups > 1 && WHOLE_ATTENTION.includes(algorithm)) {
    refuse(
      'speculative_algorithm',
      `${algorithm} does not go with attention that is shared out (enable_dp_attention, attn_dp_size): use another, or leave that out`,
    );
  }
  const topk = options.speculative_eagle_topk ?? 1;
  if (topk > 1 && kernelsOf(options).includes('trtllm_mha')) {
    refuse(
      'speculative_eagle_topk',
      'trtllm_mha checks no trees of guesses: use 1, or other kernels of attention',
    );
  }
  if (kernelsOf(options).includes('flex_attention')) {
    refuse('attention_backend', 'flex_attention does not go with sglang.speculative_algorithm: use another');
  }
  return found;
};

const usesAdapters = ({ options }: Known): boolean =>
  options.enable_lora === true || Object.keys(options.lora_paths ?? {}).length > 0;

const kernelsOf = (options: SglangOptions): readonly (string | undefined)[] => [
  options.attention_backend,
  options.prefill_attention_backend,
  options.decode_attention_backend,
];
