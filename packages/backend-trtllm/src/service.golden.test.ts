/** Command lines, environments, containers and options files, as they are to be: read them when they change. */
import { describe, expect, test } from 'vitest';
import { CASES } from './golden-cases.fixture.js';
import { goldenSpec, specText } from './golden.fixture.js';

interface Golden {
  readonly process: string;
  readonly container: string;
  /** The options file, the same in both. */
  readonly file: string;
}

const EXPECTED: Readonly<Record<string, Golden>> = {
  'nothing but defaults': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/52e501699e101768.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/52e501699e101768.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/52e501699e101768.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/52e501699e101768.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
`,
  },
  'GPUs that are not chosen': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/52e501699e101768.yaml
env TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/52e501699e101768.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus all
mount /hub -> /llem/huggingface create
mount /cache/trtllm/52e501699e101768.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/52e501699e101768.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
`,
  },
  'another image and another executable': {
    process: `run /opt/engines/bin/trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/52e501699e101768.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/52e501699e101768.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.2.0 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/52e501699e101768.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/52e501699e101768.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
`,
  },
  'a model of this machine': {
    process: `run trtllm-serve serve /models/llama --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/922d97250cf4bdb3.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/922d97250cf4bdb3.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve /models/llama --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /models/llama -> /models/llama ro
mount /cache/trtllm/922d97250cf4bdb3.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/922d97250cf4bdb3.yaml
ready /health every 500 ms, grace 30 s`,
    file: `return_perf_metrics: true
enable_iter_perf_stats: true
`,
  },
  batching: {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --max_batch_size 64 --max_num_tokens 4096 --max_seq_len 2048 --extra_llm_api_options /cache/trtllm/52e501699e101768.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/52e501699e101768.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --max_batch_size 64 --max_num_tokens 4096 --max_seq_len 2048 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/52e501699e101768.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/52e501699e101768.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
`,
  },
  'prompts in pieces': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --max_num_tokens 1024 --enable_chunked_prefill --extra_llm_api_options /cache/trtllm/f287bccca07b1940.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/f287bccca07b1940.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --max_num_tokens 1024 --enable_chunked_prefill --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/f287bccca07b1940.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/f287bccca07b1940.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
scheduler_config:
  context_chunking_policy: EQUAL_PROGRESS
`,
  },
  'two GPUs for every layer': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --tp_size 2 --extra_llm_api_options /cache/trtllm/9c70a2e44223be89.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a,GPU-b ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/9c70a2e44223be89.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --tp_size 2 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a,GPU-b
mount /hub -> /llem/huggingface create
mount /cache/trtllm/9c70a2e44223be89.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/9c70a2e44223be89.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
allreduce_strategy: NCCL
`,
  },
  'layers shared out': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --pp_size 2 --extra_llm_api_options /cache/trtllm/b14b3d89613c7876.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a,GPU-b ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/b14b3d89613c7876.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --pp_size 2 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a,GPU-b
mount /hub -> /llem/huggingface create
mount /cache/trtllm/b14b3d89613c7876.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/b14b3d89613c7876.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
pp_partition:
  - 20
  - 12
`,
  },
  'a context shared out': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --cp_size 2 --extra_llm_api_options /cache/trtllm/6bc44d5c90d72cd2.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a,GPU-b ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/6bc44d5c90d72cd2.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --cp_size 2 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a,GPU-b
mount /hub -> /llem/huggingface create
mount /cache/trtllm/6bc44d5c90d72cd2.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/6bc44d5c90d72cd2.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
kv_cache_config:
  tokens_per_block: 32
cp_config:
  cp_type: HELIX
  tokens_per_block: 32
`,
  },
  'experts with attention of requests of its own': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --tp_size 2 --ep_size 2 --extra_llm_api_options /cache/trtllm/5ac233cd402035f1.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a,GPU-b ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/5ac233cd402035f1.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --tp_size 2 --ep_size 2 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a,GPU-b
mount /hub -> /llem/huggingface create
mount /cache/trtllm/5ac233cd402035f1.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/5ac233cd402035f1.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
enable_attention_dp: true
attention_dp_config:
  enable_balance: true
  timeout_iters: 20
moe_config:
  backend: CUTLASS
  max_num_tokens: 8192
`,
  },
  'a KV cache in fp8': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/eee1a53d89c17f08.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/eee1a53d89c17f08.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/eee1a53d89c17f08.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/eee1a53d89c17f08.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
kv_cache_config:
  free_gpu_memory_fraction: 0.85
  dtype: fp8
`,
  },
  'no prefix cache': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/0a816972963b8a59.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/0a816972963b8a59.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/0a816972963b8a59.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/0a816972963b8a59.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
kv_cache_config:
  enable_block_reuse: false
`,
  },
  'a KV cache of a size, and one in host memory': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/fc7f5bd197dc83b8.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/fc7f5bd197dc83b8.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/fc7f5bd197dc83b8.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/fc7f5bd197dc83b8.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
kv_cache_config:
  max_tokens: 65536
  tokens_per_block: 64
  host_cache_size: 17179869184
`,
  },
  'a KV cache on disk': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/7039911b88d3ba54.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/7039911b88d3ba54.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/7039911b88d3ba54.yaml -> /llem/options.yaml ro
mount /scratch/kv -> /scratch/kv create
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/7039911b88d3ba54.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
kv_cache_config:
  disk_cache_size: 1073741824
  disk_cache_path: /scratch/kv
  use_kv_cache_manager_v2: true
`,
  },
  'graphs of every size': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/560e84182f55c75a.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/560e84182f55c75a.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/560e84182f55c75a.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/560e84182f55c75a.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
cuda_graph_config:
  enable_padding: true
  batch_sizes:
    - 1
    - 8
    - 32
    - 48
`,
  },
  'no graphs': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/b41c2443a29c2f9e.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/b41c2443a29c2f9e.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/b41c2443a29c2f9e.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/b41c2443a29c2f9e.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
cuda_graph_config: null
`,
  },
  compiled: {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/72a5ff890f6e9b25.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/72a5ff890f6e9b25.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/72a5ff890f6e9b25.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/72a5ff890f6e9b25.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
torch_compile_config:
  enable_inductor: true
  enable_piecewise_cuda_graph: true
  capture_num_tokens:
    - 128
    - 512
`,
  },
  'other attention': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/7fc871af16457691.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/7fc871af16457691.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/7fc871af16457691.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/7fc871af16457691.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
kv_cache_config:
  enable_block_reuse: false
attn_backend: FLASHINFER
`,
  },
  'attention to a part': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/1222010574e68372.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/1222010574e68372.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/1222010574e68372.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/1222010574e68372.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
sparse_attention_config:
  algorithm: rocket
  prompt_budget: 2048
  window_size: 32
`,
  },
  'guesses by a small model': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/ea949740e2b6d632.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/ea949740e2b6d632.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /models/small -> /models/small ro
mount /cache/trtllm/ea949740e2b6d632.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/ea949740e2b6d632.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
speculative_config:
  max_draft_len: 3
  speculative_model: /models/small
  decoding_type: Draft_Target
`,
  },
  'guesses by layers trained for it': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/9e16d4f80e5212a2.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/9e16d4f80e5212a2.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/9e16d4f80e5212a2.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/9e16d4f80e5212a2.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
disable_overlap_scheduler: true
speculative_config:
  max_draft_len: 4
  speculative_model: yuhuili/EAGLE3-LLaMA3.1-Instruct-8B
  eagle3_one_model: true
  decoding_type: Eagle3
`,
  },
  'guesses from what was said': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/289d39a41b496cb3.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/289d39a41b496cb3.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/289d39a41b496cb3.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/289d39a41b496cb3.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
speculative_config:
  max_draft_len: 5
  max_matching_ngram_size: 3
  is_public_pool: true
  decoding_type: NGram
`,
  },
  'guesses fewer with more requests': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/4a778bc2bb0c8e53.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/4a778bc2bb0c8e53.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/4a778bc2bb0c8e53.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/4a778bc2bb0c8e53.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
speculative_config:
  draft_len_schedule:
    "4": 3
    "16": 1
  num_nextn_predict_layers: 1
  decoding_type: MTP
`,
  },
  adapters: {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/c3a0cbd6844798c7.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/c3a0cbd6844798c7.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /adapters/a -> /adapters/a ro
mount /cache/trtllm/c3a0cbd6844798c7.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/c3a0cbd6844798c7.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
lora_config:
  lora_dir:
    - /adapters/a
  max_lora_rank: 16
  max_loras: 2
  max_cpu_loras: 4
peft_cache_config:
  device_cache_percent: 0.05
`,
  },
  'random weights in bfloat16': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/7f57006d1ec9a6a4.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/7f57006d1ec9a6a4.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/7f57006d1ec9a6a4.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/7f57006d1ec9a6a4.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
dtype: bfloat16
load_format: dummy
`,
  },
  'full steps': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/5d20fe19006af3b0.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/5d20fe19006af3b0.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/5d20fe19006af3b0.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/5d20fe19006af3b0.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
scheduler_config:
  capacity_scheduler_policy: MAX_UTILIZATION
stream_interval: 4
batch_wait_timeout_ms: 5
batch_wait_timeout_iters: 4
batch_wait_max_tokens_ratio: 0.5
`,
  },
  'less work for the host': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --num_postprocess_workers 2 --log_level warning --extra_llm_api_options /cache/trtllm/1302078ce62ea9c7.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/1302078ce62ea9c7.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --num_postprocess_workers 2 --log_level warning --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/1302078ce62ea9c7.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/1302078ce62ea9c7.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
garbage_collection_gen0_threshold: 50000
`,
  },
  'another backend': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --backend _autodeploy --extra_llm_api_options /cache/trtllm/52e501699e101768.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/52e501699e101768.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --backend _autodeploy --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/52e501699e101768.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/52e501699e101768.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
`,
  },
  'engines built ahead': {
    process: `run trtllm-serve serve /engines/llama --host 127.0.0.1 --port 8123 --backend tensorrt --tokenizer /models/llama --extra_llm_api_options /cache/trtllm/a05ffc709b5bb467.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/a05ffc709b5bb467.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve /engines/llama --host 0.0.0.0 --port 8123 --backend tensorrt --tokenizer /models/llama --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /engines/llama -> /engines/llama ro
mount /models/llama -> /models/llama ro
mount /cache/trtllm/a05ffc709b5bb467.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/a05ffc709b5bb467.yaml
ready /health every 500 ms, grace 30 s`,
    file: `return_perf_metrics: true
`,
  },
  'code, template and reasoning of a model': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --trust_remote_code --chat_template /templates/plain.jinja --reasoning_parser qwen3 --extra_llm_api_options /cache/trtllm/52e501699e101768.yaml
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/52e501699e101768.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --trust_remote_code --chat_template /templates/plain.jinja --reasoning_parser qwen3 --extra_llm_api_options /llem/options.yaml
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /templates/plain.jinja -> /templates/plain.jinja ro
mount /cache/trtllm/52e501699e101768.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/52e501699e101768.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
`,
  },
  'what llem does not know': {
    process: `run trtllm-serve serve org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options /cache/trtllm/062579ed38ca01d7.yaml --served_model_name m --num_serve_frontends 2
env CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=GPU-a ROCR_VISIBLE_DEVICES=-1 TRTLLM_NO_USAGE_STATS=1
file /cache/trtllm/062579ed38ca01d7.yaml
ready /health every 500 ms, grace 30 s`,
    container: `run trtllm-serve serve org/model --host 0.0.0.0 --port 8123 --extra_llm_api_options /llem/options.yaml --served_model_name m --num_serve_frontends 2
env TRTLLM_NO_USAGE_STATS=1 HF_HOME=/llem/huggingface HF_HUB_CACHE=/llem/huggingface/hub
image nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24 entrypoint=its own
limits ipc=private shm=34359738368 memlock=-1 stack=67108864
gpus GPU-a
mount /hub -> /llem/huggingface create
mount /cache/trtllm/062579ed38ca01d7.yaml -> /llem/options.yaml ro
pass HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_ENDPOINT HF_HUB_OFFLINE HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy
file /cache/trtllm/062579ed38ca01d7.yaml
ready /health every 500 ms, grace 30 s`,
    file: `revision: c0ffee
return_perf_metrics: true
enable_iter_perf_stats: true
max_stats_len: -1
kv_cache_config:
  event_buffer_max_size: 8
name: "on"
`,
  },
};

describe.each(Object.entries(CASES))('%s', (name, given) => {
  const expected = EXPECTED[name];

  test('as a process', () => {
    const spec = goldenSpec(given, 'process');
    expect(specText(spec)).toBe(expected?.process);
    expect(spec.files?.map(({ content }) => content)).toEqual([expected?.file]);
  });

  test('in a container', () => {
    const spec = goldenSpec(given, 'container');
    expect(specText(spec)).toBe(expected?.container);
    expect(spec.files).toEqual(goldenSpec(given, 'process').files);
  });
});
