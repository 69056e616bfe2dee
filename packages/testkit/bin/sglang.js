#!/usr/bin/env node
// The simulated engine under the interface of sglang: name this file as `sglang.executable` in a study.
import { runSimulatedServer } from '../dist/engine/process.js';

await runSimulatedServer('sglang');
