#!/usr/bin/env node
/** The embedded engine: a process that loads one GGUF file and serves it over HTTP until it is told to stop. */
import { basename } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { loadAddon, type LoadedAddon } from './addon.js';
import { makeBatching } from './batching.js';
import { failureLine } from './failure.js';
import { parseEngineFlags, type EngineSettings } from './flags.js';
import { makeMetrics } from './metrics.js';
import { loadModel, type LoadedModel } from './model.js';
import { listen, makeServer } from './server.js';

const say = (line: string) => process.stderr.write(`${line}\n`);

function properties(settings: EngineSettings, loaded: LoadedAddon, model: LoadedModel) {
  const release = loaded.llamaCpp === null ? '' : `llama.cpp ${loaded.llamaCpp}, `;
  return {
    build_info: `${release}${loaded.packageName} ${loaded.packageVersion}`,
    total_slots: settings.sequences,
    model_alias: settings.alias,
    model_path: settings.model,
    model_description: model.description,
    default_generation_settings: { n_ctx: model.sequenceContext },
    engine: {
      kind: 'embedded',
      node: process.version,
      llamaCpp: loaded.llamaCpp,
      addon: loaded.packageVersion,
      platform: `${process.platform}-${process.arch}`,
      cpuVariants: loaded.cpuVariants,
      systemInfo: loaded.addon.systemInfo().trim(),
      threads: model.threads,
      sequences: settings.sequences,
      sequenceContext: model.sequenceContext,
      batchSize: settings.batchSize,
      flashAttention: settings.flashAttention,
      kvTypeK: settings.kvTypeK,
      kvTypeV: settings.kvTypeV,
      mmap: settings.mmap === 1,
    },
  };
}

async function serve(settings: EngineSettings): Promise<void> {
  const metrics = makeMetrics();
  const engine = makeServer(settings.alias, metrics);
  const { server } = engine;
  let stop: (() => void) | null = null;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // Before the model is loaded, or asked twice: nothing to wait for.
      if (!stop) process.exit(0);
      say(`llem-engine: ${signal}, stopping`);
      stop();
      stop = null;
    });
  }
  await listen(server, settings.host, settings.port);
  const loaded = await loadAddon(say);
  const model = await loadModel(loaded, settings);
  const batching = makeBatching(model, metrics, settings);
  stop = () => {
    server.close();
    batching.stop();
    server.closeAllConnections();
  };
  engine.open({ model, batching, properties: properties(settings, loaded, model) });
  say(
    `llem-engine: serving ${settings.alias} (${basename(settings.model)}) on ${settings.host}:${settings.port}, ` +
      `${settings.sequences} sequences of ${model.sequenceContext} tokens, ${model.threads} threads, ` +
      `CPU variant ${loaded.cpuVariants.join(', ') || 'unknown'}`,
  );
  await batching.run();
}

/** `--check`: loads the addon, says what it is as JSON, and ends. */
async function check(): Promise<void> {
  const { packageName, packageVersion, llamaCpp, cpuVariants } = await loadAddon(() => undefined);
  process.stdout.write(`${JSON.stringify({ packageName, packageVersion, llamaCpp, cpuVariants })}\n`);
}

try {
  const argv = process.argv.slice(2);
  if (argv[0] === '--check') await check();
  else await serve(parseEngineFlags(argv));
  process.exit(0);
} catch (error) {
  // llama.cpp's last lines, which tell the cause, come through the event loop: let it turn before the end.
  for (let turn = 0; turn < 5; turn++) await nextTurn();
  say(failureLine(error));
  process.exit(1);
}
