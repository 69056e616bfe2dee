#!/usr/bin/env node
// The simulated engine under the interface of trtllm-serve: name this file as `trtllm.executable` in a study.
import { runSimulatedServer } from '../dist/engine/process.js';

await runSimulatedServer('trtllm');
