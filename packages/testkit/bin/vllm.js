#!/usr/bin/env node
// The simulated engine under the interface of vllm: name this file as `vllm.executable` in a study.
import { runSimulatedServer } from '../dist/engine/process.js';

await runSimulatedServer('vllm');
