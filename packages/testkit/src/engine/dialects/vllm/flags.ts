/** The flags of `vllm serve` by configuration group, read from vLLM 0.32.0. How they are written: `readFlags`. */
export const VLLM_FLAGS: Readonly<Record<string, string>> = {
  options: `
headless api-server-count|-asc= config= grpc disable-log-stats aggregate-engine-logging
[no-]fail-on-environ-validation shutdown-timeout= gdn-prefill-backend= kda-prefill-backend= kda-decode-backend=
[no-]enable-log-requests`,
  Frontend: `
host= port= grpc-port= data-parallel-supervisor-port= dp-supervisor-probe-interval-s= dp-supervisor-probe-timeout-s=
dp-supervisor-probe-failure-threshold= uds= uvicorn-log-level= [no-]disable-uvicorn-access-log
disable-access-log-for-endpoints= [no-]allow-credentials allowed-origins= allowed-methods= allowed-headers=
api-key=+ ssl-keyfile= ssl-certfile= ssl-ca-certs= [no-]enable-ssl-refresh ssl-cert-reqs= ssl-ciphers= root-path=
middleware= [no-]enable-request-id-headers [no-]disable-fastapi-docs h11-max-incomplete-event-size=
h11-max-header-count= [no-]enable-offline-docs [no-]enable-flash-late-interaction lora-modules=+ chat-template=
chat-template-content-format= [no-]trust-request-chat-template [no-]trust-request-mm-kwargs
default-chat-template-kwargs= response-role= [no-]return-tokens-as-token-ids [no-]enable-auto-tool-choice
[no-]exclude-tools-when-tool-choice-none tool-call-parser= tool-parser-plugin= tool-strict-level= tool-server=
max-log-len= [no-]enable-prompt-tokens-details [no-]enable-per-request-metrics [no-]enable-server-load-tracking
[no-]enable-force-include-usage sse-keep-alive-interval= [no-]enable-tokenizer-info-endpoint [no-]enable-log-outputs
[no-]enable-log-deltas [no-]cohere-is-reasoning-model cohere-format= anthropic-disabled-thinking-effort=
[no-]log-error-stack [no-]tokens-only [no-]enable-scale-out fingerprint-mode= fingerprint-value=`,
  ModelConfig: `
runner= convert= tokenizer= tokenizer-mode= [no-]trust-remote-code dtype= seed= hf-config-path=
allowed-local-media-path= allowed-media-domains=+ revision= code-revision= tokenizer-revision= max-model-len=
quantization|-q= quantization-config= [no-]allow-deprecated-quantization [no-]enforce-eager
[no-]enable-return-routed-experts [no-]return-sampling-mask max-logprobs= logprobs-mode= [no-]use-fp64-gumbel
[no-]enable-trace-replay [no-]disable-sliding-window [no-]disable-cascade-attn [no-]skip-tokenizer-init
[no-]enable-prompt-embeds served-model-name=+ config-format= hf-token=? hf-overrides= model-class-overrides=
pooler-config= generation-config= override-generation-config= [no-]enable-sleep-mode
[no-]sleep-mode-offload-cudagraph sleep-preserve-parameter-names=+ [no-]enable-cumem-allocator
[no-]enable-nccl-comm-suspend model-impl= logits-processors=+ io-processor-plugin= renderer-num-workers= model=`,
  LoadConfig: `
load-format= download-dir= safetensors-load-strategy= safetensors-prefetch-num-threads=
safetensors-prefetch-block-size= model-loader-extra-config= ignore-patterns=+ [no-]use-tqdm-on-load
pt-load-map-location=`,
  AttentionConfig: `
attention-backend=`,
  MambaConfig: `
mamba-backend= mamba-ssu-algorithm= [no-]enable-mamba-cache-stochastic-rounding mamba-cache-philox-rounds=`,
  StructuredOutputsConfig: `
reasoning-parser= reasoning-parser-plugin=`,
  ParallelConfig: `
distributed-executor-backend= pipeline-parallel-size|-pp= master-addr= master-port= nnodes|-n= node-rank|-r=
distributed-timeout-seconds= cpu-distributed-timeout-seconds= [no-]numa-bind numa-bind-nodes=+ numa-bind-cpus=+
device-ids= tensor-parallel-size|-tp= decode-context-parallel-size|-dcp= dcp-comm-backend= [no-]dcp-q-replicate
dcp-kv-cache-interleave-size= cp-kv-cache-interleave-size= prefill-context-parallel-size|-pcp=
data-parallel-size|-dp= data-parallel-rank|-dpn= data-parallel-start-rank|-dpr= data-parallel-size-local|-dpl=
data-parallel-address|-dpa= data-parallel-rpc-port|-dpp= data-parallel-backend|-dpb=
[no-]data-parallel-hybrid-lb|-dph [no-]data-parallel-external-lb|-dpe data-parallel-multi-port-external-lb|-dpm
[no-]enable-hc-sp [no-]enable-expert-parallel|-ep [no-]enable-batch-sharded-sampling [no-]enable-ep-weight-filter
all2all-backend= [no-]enable-dbo [no-]enable-shm-tensor-arena ubatch-size= [no-]enable-elastic-ep
elastic-ep-max-dp-size= dbo-decode-token-threshold= dp-sync-interval= dbo-prefill-token-threshold=
[no-]disable-nccl-for-dp-synchronization [no-]enable-eplb eplb-config= expert-placement-strategy=
max-parallel-loading-workers= [no-]ray-workers-use-nsight [no-]disable-custom-all-reduce worker-cls=
worker-extension-cls= [no-]enable-fault-tolerance fault-tolerance-config=`,
  CacheConfig: `
block-size= gpu-memory-utilization|--device-memory-utilization= kv-cache-memory-bytes= kv-cache-dtype=
num-gpu-blocks-override= [no-]enable-prefix-caching prefix-caching-hash-algo= prefix-cache-retention-interval=
kv-cache-dtype-skip-layers=+ [no-]kv-sharing-fast-prefill [no-]swa-bounded-replay mamba-cache-dtype=
mamba-ssm-cache-dtype= mamba-block-size= prefix-match-unit= mamba-cache-mode=
[no-]enable-mamba-shared-prefix-checkpoint replayssm-buffer-len= [no-]use-replayssm kv-offloading-size=
kv-offloading-backend=`,
  OffloadConfig: `
offload-backend= cpu-offload-gb= cpu-offload-params=+ offload-group-size= offload-num-in-group=
offload-prefetch-step= offload-params=+`,
  MultiModalConfig: `
[no-]language-model-only limit-mm-per-prompt= [no-]enable-mm-embeds media-io-kwargs= mm-processor-kwargs=
mm-processor-cache-gb= mm-processor-cache-type= mm-hasher-algorithm= mm-shm-cache-max-object-size-mb=
[no-]mm-encoder-only mm-encoder-tp-mode= mm-encoder-attn-backend= mm-encoder-attn-dtype= mm-encoder-fp8-scale-path=
mm-encoder-fp8-scale-save-path= mm-encoder-fp8-scale-save-margin= [no-]interleave-mm-strings [no-]skip-mm-profiling
video-pruning-rate= video-pruning-method= mm-tensor-ipc= mm-processor-device= mm-ipc-gpu-memory-gb=
[no-]mm-device-do-normalize`,
  LoRAConfig: `
[no-]enable-lora max-loras= max-lora-rank= lora-dtype= [no-]enable-tower-connector-lora max-cpu-loras=
[no-]fully-sharded-loras lora-target-modules=+ default-mm-loras= [no-]specialize-active-lora
[no-]enable-mixed-moe-lora-format [no-]enable-moe-shared-loras max-lora-cls-labels=`,
  LoggingConfig: `
logging-config= log-level= log-config-file=`,
  ObservabilityConfig: `
show-hidden-metrics-for-version= otlp-traces-endpoint= collect-detailed-traces=+ per-request-spec-decode-metrics=
[no-]kv-cache-metrics kv-cache-metrics-sample= custom-histogram-buckets= [no-]cudagraph-metrics
[no-]enable-layerwise-nvtx-tracing [no-]enable-mfu-metrics [no-]enable-logging-iteration-details jit-monitor-mode=
[no-]jit-monitor-verbose`,
  SchedulerConfig: `
max-num-batched-tokens= max-num-scheduled-tokens= max-num-seqs= max-num-active-seqs= max-num-queued-reqs=
max-num-queued-tokens= long-prefill-token-threshold= [no-]long-prefill-token-threshold-adaptive scheduling-policy=
[no-]enable-chunked-prefill [no-]disable-chunked-mm-input scheduler-cls= [no-]scheduler-reserve-full-isl watermark=
prefill-schedule-interval= [no-]disable-hybrid-kv-cache-manager [no-]async-scheduling stream-interval=`,
  CompilationConfig: `
cudagraph-capture-sizes=+ max-cudagraph-capture-size=`,
  KernelConfig: `
ir-op-priority= [no-]enable-flashinfer-autotune moe-backend= linear-backend= sparse-indexer-topk-backend=`,
  VllmConfig: `
speculative-config|-sc= spec-method= spec-model= spec-tokens= watermark-config= diffusion-config|-dc=
kv-transfer-config= kv-events-config= ec-transfer-config= ec-manager-config= compilation-config|-cc=
attention-config|-ac= engram-config= reasoning-config= kernel-config= additional-config= structured-outputs-config=
aux-output-config= profiler-config= optimization-level= performance-mode= weight-transfer-config=`,
};
