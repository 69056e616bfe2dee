/** Compilation and CUDA graphs. */
import { violation, type Rule } from './rule.js';

/** vLLM turns all of it off and says so in its log alone: such a factor would have levels that are the same. */
export const eagerHasNoGraphs: Rule = ({ options }) => {
  if (options.enforce_eager !== true) return [];
  const { compilation_config: compilation = {}, optimization_level: level } = options;
  const mode = compilation.mode ?? compilation.level ?? 0;
  const set = [
    ...((compilation.cudagraph_mode ?? 'NONE') === 'NONE' ? [] : ['compilation_config.cudagraph_mode']),
    ...(mode === 0 || mode === 'NONE' ? [] : ['compilation_config.mode']),
    ...(compilation.cudagraph_capture_sizes ? ['compilation_config.cudagraph_capture_sizes'] : []),
    ...(compilation.max_cudagraph_capture_size ? ['compilation_config.max_cudagraph_capture_size'] : []),
    ...(options.cudagraph_capture_sizes ? ['cudagraph_capture_sizes'] : []),
    ...(options.max_cudagraph_capture_size ? ['max_cudagraph_capture_size'] : []),
    ...(level === undefined || level === 0 ? [] : ['optimization_level']),
  ];
  return set.map((option) =>
    violation(
      option,
      'has no effect with enforce_eager, which turns compilation and CUDA graphs off: leave one of them out',
    ),
  );
};

/** Pieces between attention are what compilation in pieces cuts: without it vLLM records nothing. */
export const piecesAreCompiled: Rule = ({ options }) => {
  const { cudagraph_mode: graphs, mode = options.optimization_level === 0 ? 0 : 3 } =
    options.compilation_config ?? {};
  if (graphs !== 'PIECEWISE' && graphs !== 'FULL_AND_PIECEWISE') return [];
  if (mode === 3 || mode === 'VLLM_COMPILE') return [];
  return [
    violation(
      'compilation_config.cudagraph_mode',
      `${graphs} needs compilation in pieces, which compilation_config.mode ${mode} is not: use mode 3, or FULL, FULL_DECODE_ONLY or NONE`,
    ),
  ];
};

export const capturedOnce: Rule = ({ options }) => {
  const { compilation_config: compilation = {} } = options;
  const found = (['cudagraph_capture_sizes', 'max_cudagraph_capture_size'] as const).flatMap((name) =>
    options[name] !== undefined && compilation[name] !== undefined
      ? [violation(name, `is set in compilation_config as well: set one of the two`)]
      : [],
  );
  const sizes = options.cudagraph_capture_sizes ?? compilation.cudagraph_capture_sizes;
  const most = options.max_cudagraph_capture_size ?? compilation.max_cudagraph_capture_size;
  if (sizes !== undefined && most !== undefined && Math.max(...sizes) !== most) {
    found.push(
      violation(
        'max_cudagraph_capture_size',
        `${most} is not the largest of cudagraph_capture_sizes, ${Math.max(...sizes)}: leave one of them out`,
      ),
    );
  }
  return found;
};

export const oneAttentionBackend: Rule = ({ options }) => {
  if (options.attention_backend === undefined || options.attention_config?.backend === undefined) return [];
  return [violation('attention_backend', 'is set in attention_config as well: set one of the two')];
};
